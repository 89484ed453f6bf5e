"""The whole answer for a graph: an execution order and a layout of its buffers in the smallest arena, with proof."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from arenite.allocate import allocate
from arenite.graph import ArenaPlan, Block, Buffer, Graph, Plan, Problem
from arenite.joint_search import JointLayout, fit_any_order
from arenite.packing.items import granule, round_up
from arenite.packing.skyline import OutOfTime
from arenite.progress import Progress, Report, tell
from arenite.schedule import in_place_pairs, live_ranges, schedule
from arenite.validate import validate_arena_plan, validate_graph, validate_plan

Order = tuple[int, ...]
CANDIDATE_NODES = 2_000
"""Branchings of the packer for one of several orders; whether there is a better one is the joint search's question."""


def base_alignment(alignment: int, placed: Iterable[Block | Buffer]) -> int:
    """The alignment in bytes that an arena's base needs: what is asked for, or that of an element in it."""
    return max([alignment, *(item.alignment for item in placed)])


def packing_problem(graph: Graph, order: Order, alignment: int) -> Problem:
    """The buffers of ``graph`` with their live ranges under ``order``; block i is buffer i."""
    ranges = live_ranges(graph, order)
    return Problem(
        tuple(
            Block(buffer.name, buffer.bytes, first, last, buffer.alignment)
            for buffer, (first, last) in zip(graph.buffers, ranges, strict=True)
        ),
        glued=graph.glued,
        alignment=alignment,
        in_place=in_place_pairs(graph, order, ranges),
    )


def plan_graph(
    graph: Graph,
    *,
    order: Literal["best", "source"] = "best",
    alignment: int = 16,
    timeout: float = 10.0,
    report: Report = tell,
) -> ArenaPlan:
    """Order the steps of ``graph`` and place its buffers so that the arena is as small as any order's and layout's.

    Args:
        order: "source" keeps the order of the file; the lower bound still holds for every order.
        alignment: of the arena's base in bytes; its size is a multiple of it.
        timeout: seconds; when they are over, the best plan so far and a bound that still holds are returned.
        report: hears what is being done, and the best arena and bound so far.

    Raises:
        InvalidGraph: the graph is not well-formed.
    """
    began = time.monotonic()
    deadline = began + timeout
    validate_graph(graph)

    def share(part: float) -> float:
        return max(deadline - time.monotonic(), 0.0) * part

    def say(activity: str, part: float, arena: int | None, bound: int | None) -> None:
        report(Progress(activity, limit_seconds=share(part), arena_bytes=arena, lower_bound_bytes=bound))

    source: Order = tuple(range(len(graph.steps)))
    say(f"ordering {len(source):,} steps", 0.5, None, None)
    found = schedule(_as_placed(graph, alignment), share(0.5))
    bound = round_up(found.lower_bound_bytes, alignment)
    say(f"packing {len(graph.buffers):,} buffers", 0.25, None, bound)
    source_problem = packing_problem(graph, source, alignment)
    source_plan = allocate(source_problem, share(0.25))
    best_order, problem, plan = source, source_problem, source_plan
    if order == "best":
        if source_plan.arena_bytes > bound and found.order != source:
            say("packing the best order", 0.5, plan.arena_bytes, bound)
            candidate = packing_problem(graph, found.order, alignment)
            candidate_plan = allocate(candidate, share(0.5), nodes=CANDIDATE_NODES)
            if candidate_plan.arena_bytes < plan.arena_bytes:
                best_order, problem, plan = found.order, candidate, candidate_plan
        try:
            # The search for other orders knows nothing of glue.
            while plan.arena_bytes > bound and not graph.glued and time.monotonic() < deadline:
                say("trying other orders", 1.0, plan.arena_bytes, bound)
                layout = fit_any_order(graph, plan.arena_bytes - alignment, deadline=deadline)
                if layout is None:
                    bound = plan.arena_bytes
                else:
                    best_order, problem, plan = _improved(graph, layout, alignment, share(0.25))
        except OutOfTime:
            pass

    if plan is not source_plan:
        validate_plan(source_problem, source_plan.offsets, source_plan.arena_bytes)
    result = ArenaPlan(
        graph,
        best_order,
        problem,
        plan.offsets,
        plan.arena_bytes,
        bound,
        source_plan.arena_bytes,
        time.monotonic() - began,
    )
    validate_arena_plan(result)
    return result


def _as_placed(graph: Graph, alignment: int) -> Graph:
    """``graph`` with each buffer as large as it is for the others, if alignment keeps all of them apart."""
    unit = granule([buffer.alignment for buffer in graph.buffers if buffer.bytes], alignment)
    if all(buffer.bytes % unit == 0 for buffer in graph.buffers):
        return graph
    return replace(
        graph, buffers=tuple(replace(buffer, bytes=round_up(buffer.bytes, unit)) for buffer in graph.buffers)
    )


def _improved(graph: Graph, layout: JointLayout, alignment: int, timeout: float) -> tuple[Order, Problem, Plan]:
    """The layout that the joint search has found, or a still smaller one of its order."""
    problem = packing_problem(graph, layout.order, alignment)
    plan = allocate(problem, timeout, nodes=CANDIDATE_NODES)
    size = round_up(
        max(offset + block.bytes for offset, block in zip(layout.offsets, problem.blocks, strict=True)), alignment
    )
    if plan.arena_bytes <= size:
        return layout.order, problem, plan
    return layout.order, problem, Plan(layout.offsets, size, plan.lower_bound_bytes)
