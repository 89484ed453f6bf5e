"""What each step of a program may write: for a harness that watches everything else, step by step."""

from __future__ import annotations

from collections.abc import Sequence

from arenite.codegen.kernels.row_calls import row_functions
from arenite.codegen.program import Argument, Place, ProgramStep

Write = tuple[int, int, int]
"""A step, bytes from the start of the arena, bytes."""


def allowed_writes(steps: Sequence[ProgramStep]) -> tuple[Write, ...]:
    """In ascending order, without overlaps. A step without a result that is traced counts to the next one that has
    any; what comes behind the last of these is left out."""
    found: list[Write] = []
    ranges: list[tuple[int, int]] = []
    for number, step in enumerate(steps):
        places = [output.place for output in step.outputs] + _accumulators(step)
        ranges += [(place.offset, place.offset + place.bytes) for place in places if place.port is None]
        if any(output.source_tensor is not None for output in step.outputs):
            found += [(number, first, last - first) for first, last in _merged(ranges)] or [(number, 0, 0)]
            ranges = []
    return tuple(found)


def _accumulators(step: ProgramStep) -> list[Place]:
    """What rows are added to, which other steps have written before."""
    found = []
    for call in step.calls:
        function = row_functions().get(call.function)
        for parameter, argument in zip(function.parameters if function else (), call.arguments, strict=False):
            if parameter.name == "sums" and isinstance(argument, Argument) and argument.place is not None:
                found.append(argument.place)
    return found


def writes_macro(steps: Sequence[ProgramStep]) -> str:
    """The same as an initialiser in C, as the body of a macro."""
    writes = allowed_writes(steps) or ((-1, 0, 0),)
    return "{ \\\n  " + ", \\\n  ".join(f"{{{step}, {first}, {size}}}" for step, first, size in writes) + "}"


def _merged(ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged
