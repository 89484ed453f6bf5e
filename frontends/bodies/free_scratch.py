"""Whether scratch costs the arena anything: with small code, kernels have only as much of it as is free."""

from __future__ import annotations

from dataclasses import replace

from arenite.frontends.model import Model
from arenite.frontends.to_graph import to_row_forms
from arenite.rows.plan_rows import RowRequest, choose_rows
from arenite.target import Target


def free_scratch(model: Model, target: Target, rows: RowRequest, *, alignment: int, timeout: float) -> Target:
    """``target``; without scratch if it is to be small and its arena, with the rows asked for, is smaller then.

    Args:
        timeout: seconds for each of the two plans.
    """
    if target.optimise == "speed" or target.scratch_bytes == 0:
        return target
    without = replace(target, scratch_bytes=0)
    arenas = []
    for one in (target, without):
        graph, forms, _ = to_row_forms(model, one)
        choice = choose_rows(graph, forms, rows, alignment=alignment, timeout=timeout, file=model.file)
        arenas.append(choice.plan.arena_bytes)
    return target if arenas[0] <= arenas[1] else without
