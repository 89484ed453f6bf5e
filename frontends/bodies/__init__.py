"""Bodies of kernels for the instruction sets of some cores, and which of them a model is compiled with.

One file per family and instruction set. Adding a body is one file here, its C in ``codegen/kernels/<set>/``, and its
name in ``MODULES``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib import import_module
from operator import is_

from arenite.frontends.bodies.body import Body
from arenite.frontends.bodies.choice import Option, cheapest
from arenite.frontends.lowering import Call, Lowering
from arenite.target import InstructionSet, Target

MODULES: tuple[str, ...] = (
    "conv2d_dsp",
    "conv2d_direct_dsp",
    "depthwise_conv2d_3x3_dsp",
    "depthwise_conv2d_dsp",
    "elementwise_dsp",
    "fully_connected_dsp",
    "lookup_dsp",
    "mean_dsp",
    "pool_dsp",
    "softmax_dsp",
    "conv2d_v6m",
    "conv2d_direct_v6m",
    "conv2d_mve",
    "conv2d_general_mve",
    "fully_connected_mve",
    "depthwise_conv2d_3x3_mve",
    "depthwise_conv2d_mve",
    "elementwise_mve",
    "pool_mve",
    "mean_mve",
    "lookup_mve",
    "softmax_mve",
    "fully_connected_v6m",
    "depthwise_conv2d_v6m",
    "elementwise_v6m",
    "pool_v6m",
    "mean_v6m",
    "softmax_v6m",
    "lookup_v6m",
)
"""Modules of this package with a tuple ``BODIES``."""


@cache
def _bodies_of(modules: tuple[str, ...]) -> tuple[Body, ...]:
    return tuple(body for module in modules for body in import_module(f"{__name__}.{module}").BODIES)


def bodies() -> tuple[Body, ...]:
    """All that there are."""
    return _bodies_of(MODULES)


@cache
def _own_bodies(modules: tuple[str, ...], instruction_set: InstructionSet | None) -> Mapping[str, Sequence[Body]]:
    """Portable kernel -> the bodies for an instruction set that compute what it does."""
    own: dict[str, list[Body]] = {}
    for body in _bodies_of(modules):
        if body.instruction_set == instruction_set:
            own.setdefault(body.of, []).append(body)
    return own


Rewritten = dict[tuple[int, str], tuple[int, Option | None]]
"""Number of a call and kernel of a body -> a limit of scratch, and what the body makes of the call within it; the same
for the call as it is."""


def choose(lowerings: Sequence[Lowering | None], target: Target) -> tuple[Lowering | None, ...]:
    """The lowerings of a model with the kernels for the target that cost least (see ``choice``).

    Operators that no kernel computes, or whose kernel has no body for the target, stay as they are.
    """
    return with_options(lowerings, options_of(lowerings, target, {}))


def options_of(
    lowerings: Sequence[Lowering | None], target: Target, known: Rewritten
) -> tuple[tuple[Option, ...], ...]:
    """What ``choose`` takes for each call of each of the lowerings.

    Args:
        known: of the same lowerings with more scratch; what is found out now is added to it.
    """
    own = _own_bodies(MODULES, target.instruction_set)
    calls = [call for lowering in lowerings if lowering for call in lowering.calls]
    options = [_options(number, call, own, target.scratch_bytes, known) for number, call in enumerate(calls)]
    found = iter(cheapest(options, target) if own else [option for (option,) in options])
    return tuple(tuple([next(found) for _ in lowering.calls]) if lowering else () for lowering in lowerings)


def with_options(
    lowerings: Sequence[Lowering | None], chosen: Sequence[Sequence[Option]]
) -> tuple[Lowering | None, ...]:
    """The lowerings with other calls, and the scratch that these need."""
    return tuple(lowering and _with_options(lowering, own) for lowering, own in zip(lowerings, chosen, strict=True))


def _options(number: int, call: Call, own: Mapping[str, Sequence[Body]], limit: int, known: Rewritten) -> list[Option]:
    """What may stand for a call, itself included."""
    _, unchanged = known.setdefault((number, call.kernel), (limit, Option(call)))
    options = [unchanged]
    for body in own.get(call.kernel, ()):
        key = number, body.kernel
        before, found = known.get(key, (-1, None))
        # What fits into less is found with less, too.
        if before < limit or (found is not None and found.scratch_bytes > limit):
            rewritten = body.rewrite(call, limit)
            found = None if rewritten is None else Option(*rewritten)
            known[key] = limit, found
        options.append(found)
    return [option for option in options if option is not None]


def _with_options(lowering: Lowering, chosen: Sequence[Option]) -> Lowering:
    calls = tuple([option.call for option in chosen])
    if all(map(is_, calls, lowering.calls)):
        return lowering
    scratch = max([option.scratch_bytes for option in chosen])
    return replace(lowering, calls=calls, scratch_bytes=max(scratch, lowering.scratch_bytes))
