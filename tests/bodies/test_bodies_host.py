"""Bodies against the portable kernels on this machine, where they are written in the portable twins of their words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from bodies.cases import cases_of
from bodies.refusals import is_justified
from bodies.trials import run_here
from bodies.variants import check_call, variants_of, variants_of_case

from arenite.codegen.kernels.in_place import IN_PLACE
from arenite.frontends.bodies import bodies
from arenite.frontends.bodies.body import Body
from arenite.frontends.lowering import Call

CASES = 40
"""Of each body."""
TAKEN = CASES // 3
"""Cases that a body must take, with as much scratch as there may be."""

BODIES = {f"{body.of} by {body.kernel}": body for body in bodies()}


@pytest.mark.parametrize("name", sorted(BODIES))
def test_bodies_have_the_bits_of_the_portable_kernel(name: str) -> None:
    body = BODIES[name]
    wrong: list[str] = []
    for variant in variants_of(body, CASES):
        check_call(variant)
        for trial in variant.trials:
            wrong += run_here(trial)
    assert not wrong, f"{len(wrong)} differences:\n" + "\n".join(wrong[:5])


@pytest.mark.parametrize("name", sorted(BODIES))
def test_bodies_take_what_they_are_written_for(name: str) -> None:
    body = BODIES[name]
    taken = [case for case in cases_of(body.of, CASES) if body.rewrite(case.call, 1536) is not None]
    assert len(taken) >= TAKEN, f"{len(taken)} of {CASES}"
    refused = [case.call for case in cases_of(body.of, CASES) if case not in taken]
    unjustified = [call.layer for call in refused if not is_justified(body, call)]
    assert not unjustified, f"{len(unjustified)} layers refused, for example {unjustified[0]}"


@pytest.mark.parametrize("name", sorted(BODIES))
def test_rewriting_leaves_the_portable_call_alone(name: str) -> None:
    body = BODIES[name]
    for case in cases_of(body.of, 10):
        before = {name: array.copy() for name, array in case.call.constants.items()}
        variants_of_case(body, case)
        for name, array in case.call.constants.items():
            np.testing.assert_array_equal(array, before[name])


def wrong_body(field: str, change: int) -> Body:
    """The portable kernel with another layer."""

    def rewrite(call: Call, _: int) -> tuple[Call, int]:
        return replace(call, layer={**call.layer, field: call.layer[field] + change}), 0

    return Body("arenite_conv2d_s8", "arenite_conv2d_s8", "dsp", rewrite)


@pytest.mark.parametrize(("field", "change"), [("output_zero_point", 1), ("output_start", 1), ("output_start", -1)])
def test_a_body_that_is_wrong_is_caught(field: str, change: int) -> None:
    body = wrong_body(field, change)
    tried = list(variants_of(body, 12))
    caught = [variant for variant in tried if any(run_here(trial) for trial in variant.trials[:1])]
    assert len(tried) == 12
    # An output that is saturated everywhere, or has one row, may be the same.
    assert len(caught) >= 6
    assert not any(run_here(trial) for trial in variants_of_case(wrong_body(field, 0), tried[0].case)[0].trials)


@pytest.mark.parametrize("name", sorted(BODIES))
def test_bodies_are_written_in_place_where_portable_kernels_are(name: str) -> None:
    """Otherwise a faster kernel needs more RAM."""
    body = BODIES[name]
    for kernel in {variant.call.kernel for variant in variants_of(body, 10)}:
        assert IN_PLACE.get(kernel) == IN_PLACE.get(body.of), kernel
