"""Whether scratch is worth the arena that it costs: what kernels save by it against the bytes by which it grows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from arenite.frontends.bodies import Rewritten, options_of, with_options
from arenite.frontends.bodies.choice import Option
from arenite.frontends.lowering import Lowering
from arenite.frontends.model import Model
from arenite.frontends.operators import lower_or_none
from arenite.frontends.to_graph import to_row_forms
from arenite.rows.plan_rows import RowRequest, choose_rows
from arenite.target import Optimise, Target

Options = Sequence[Sequence[Option]]

ARENA_WORTH: Mapping[Optimise, float] = {"speed": 100.0, "size": math.inf}
"""Instructions of one inference that a byte of the arena is worth."""


def weighed_scratch(model: Model, target: Target, rows: RowRequest, *, alignment: int, timeout: float) -> Target:
    """``target``, or the same without scratch if its kernels then cost less, arena and instructions together.

    The arguments are those of ``weighed_lowerings``.
    """
    lowerings = [lower_or_none(model, operator) for operator in model.operators]
    return weighed_lowerings(model, lowerings, target, rows, alignment=alignment, timeout=timeout)[0]


def weighed_lowerings(
    model: Model,
    lowerings: Sequence[Lowering | None],
    target: Target,
    rows: RowRequest,
    *,
    alignment: int,
    timeout: float,
) -> tuple[Target, tuple[Lowering | None, ...]]:
    """``weighed_scratch``, and the lowerings with the kernels for it.

    Args:
        lowerings: of all operators of the model, with the portable kernels.
        rows: of the plans that are compared.
        timeout: seconds for each of two plans. They are only made if the answer depends on them: the arena grows by no
            more than the most scratch of an operator.
    """
    without = replace(target, scratch_bytes=0)
    known: Rewritten = {}
    asked = options_of(lowerings, target, known)
    needed = _most_scratch(lowerings, asked)
    if needed == 0:
        return target, with_options(lowerings, asked)
    other = options_of(lowerings, without, known)
    saved, worth = _instructions(other, target) - _instructions(asked, target), ARENA_WORTH[target.optimise]
    if needed <= _most_scratch(lowerings, other) or saved >= worth * (needed + alignment):
        return target, with_options(lowerings, asked)
    ways = (target, with_options(lowerings, asked)), (without, with_options(lowerings, other))
    arenas = [_arena_bytes(model, each, chosen, rows, alignment, timeout) for each, chosen in ways]
    grown = arenas[0] - arenas[1]
    return ways[0] if grown <= 0 or saved >= worth * grown else ways[1]


def _most_scratch(lowerings: Sequence[Lowering | None], chosen: Options) -> int:
    """Of an operator, in bytes."""
    own = [lowering.scratch_bytes for lowering in lowerings if lowering]
    return max([*own, *(option.scratch_bytes for options in chosen for option in options)], default=0)


def _instructions(chosen: Options, target: Target) -> float:
    """Of one inference, as far as they are known."""
    return sum(option.costs(target.cpu)[0] or 0.0 for options in chosen for option in options)


def _arena_bytes(
    model: Model,
    target: Target,
    chosen: Sequence[Lowering | None],
    rows: RowRequest,
    alignment: int,
    timeout: float,
) -> int:
    graph, forms, _ = to_row_forms(model, target, chosen, rows=rows.granularity != "op")
    choice = choose_rows(graph, forms, rows, alignment=alignment, timeout=timeout, file=model.file)
    return choice.plan.arena_bytes
