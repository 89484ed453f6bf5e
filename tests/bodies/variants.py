"""What a body makes of the calls of its portable kernel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from bodies.cases import Case, cases_of
from bodies.trials import Trial, trials_of

from arenite.codegen.kernels import kernels, structs
from arenite.frontends.bodies.body import Body
from arenite.frontends.lowering import Call, sizes_of

SCRATCH_LIMITS = (1536, 600, 64, 0)
"""Bytes that a body may have."""


@dataclass(frozen=True, eq=False)
class Variant:
    """A case, and the call of the body with which it is computed where there is so much scratch."""

    case: Case
    call: Call
    scratch_bytes: int
    limit: int

    @property
    def trials(self) -> list[Trial]:
        return trials_of(self.case, self.call, self.scratch_bytes)


def variants_of(body: Body, count: int) -> Iterator[Variant]:
    """Of the first ``count`` cases of the portable kernel, those that the body takes, each as often as it is called
    otherwise."""
    for case in cases_of(body.of, count):
        yield from variants_of_case(body, case)


def variants_of_case(body: Body, case: Case) -> list[Variant]:
    found: list[Variant] = []
    for limit in SCRATCH_LIMITS:
        rewritten = body.rewrite(case.call, limit)
        if rewritten is not None:
            variant = Variant(case, *rewritten, limit)
            if not any(_same_calls(variant, other) for other in found):
                found.append(variant)
    return found


def _same_calls(one: Variant, other: Variant) -> bool:
    if (one.scratch_bytes, dict(one.call.layer)) != (other.scratch_bytes, dict(other.call.layer)):
        return False
    both = zip(one.call.constants.values(), other.call.constants.values(), strict=True)
    return all(np.array_equal(a, b) for a, b in both)


def check_call(variant: Variant) -> None:
    """Raises AssertionError where the call is not what its header declares."""
    call, kernel = variant.call, kernels()[variant.call.kernel]
    assert call.inputs == variant.case.call.inputs
    assert 0 <= variant.scratch_bytes <= variant.limit, variant.call.layer
    assert variant.scratch_bytes % 4 == 0, variant.call.layer
    assert tuple(call.layer) == structs()[kernel.parameters[0].type]
    assert all(-(2**31) <= value < 2**31 for value in call.layer.values())
    behind = ["out", "scratch"] if variant.scratch_bytes else ["out"]
    names = [parameter.name for parameter in kernel.parameters[1 + len(call.inputs) :]]
    reason = f"{call.kernel} with {variant.scratch_bytes} bytes of scratch: generated code passes scratch only if > 0"
    assert names == [*call.constants, *behind], reason
    for constants in (call.constants, variant.case.call.constants):
        # They were announced before anything was made.
        assert sizes_of(constants) == {name: array.nbytes for name, array in constants.items()}, call.layer
