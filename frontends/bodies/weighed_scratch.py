"""Whether scratch is worth the arena that it costs: what kernels save by it against the bytes by which it grows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from arenite.frontends.bodies import Rewritten, choose
from arenite.frontends.bodies.costs import instructions
from arenite.frontends.lowering import Lowering
from arenite.frontends.model import Model
from arenite.frontends.operators import lower_or_none
from arenite.frontends.to_graph import to_row_forms
from arenite.rows.plan_rows import RowRequest, choose_rows
from arenite.target import Optimise, Target

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
    asked = choose(lowerings, target, known)
    if all(each is None or each.scratch_bytes == 0 for each in asked):
        return target, asked
    other = choose(lowerings, without, known)
    own, needed = (max((each.scratch_bytes for each in of if each), default=0) for of in (other, asked))
    saved, worth = _instructions(other, target) - _instructions(asked, target), ARENA_WORTH[target.optimise]
    if needed <= own or saved >= worth * (needed + alignment):
        return target, asked
    arenas = [
        _arena_bytes(model, each, chosen, rows, alignment, timeout)
        for each, chosen in ((target, asked), (without, other))
    ]
    grown = arenas[0] - arenas[1]
    return (target, asked) if grown <= 0 or saved >= worth * grown else (without, other)


def _instructions(lowerings: tuple[Lowering | None, ...], target: Target) -> float:
    """Of one inference, as far as they are known."""
    calls = [call for lowering in lowerings if lowering for call in lowering.calls]
    return sum(instructions(call.kernel, call.layer, target.cpu) or 0.0 for call in calls)


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
