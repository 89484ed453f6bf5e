"""Naive checks of graphs, schedules and plans, written apart from the solvers. They run on every result: a wrong plan
would silently corrupt an inference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from arenite.graph import ArenaPlan, Graph, Problem


class InvalidGraph(ValueError):
    """A Graph that is not well-formed; the frontend or caller that built it is at fault."""


class InvalidPlan(Exception):
    """A schedule or layout that breaks a rule; arenite itself is at fault."""


def validate_graph(graph: Graph) -> None:
    """Raise InvalidGraph unless ``graph`` keeps what its docstring promises."""

    def fail(text: str) -> NoReturn:
        raise InvalidGraph(f"{graph.name}: {text}")

    for buffer in graph.buffers:
        if buffer.bytes < 0 or buffer.alignment < 1:
            fail(f"buffer {buffer.name} has {buffer.bytes} bytes, aligned to {buffer.alignment}")
    mentioned = [("inputs", graph.inputs), ("outputs", graph.outputs)]
    for step in graph.steps:
        mentioned += [(f"reads of {step.name}", step.reads), (f"writes of {step.name}", step.writes)]
    for what, buffers in mentioned:
        if len(set(buffers)) != len(buffers):
            fail(f"the {what} name a buffer twice")
        if any(not 0 <= buffer < len(graph.buffers) for buffer in buffers):
            fail(f"the {what} name a buffer that does not exist")
    present = set(graph.inputs)
    for step in graph.steps:
        for read, written in step.in_place:
            if read not in step.reads or written not in step.writes:
                fail(
                    f"{step.name} cannot write buffer {written} over {read}: it does not read the one, write the other"
                )
            if graph.buffers[written].bytes > graph.buffers[read].bytes:
                fail(f"{step.name} cannot write {graph.buffers[written].name} over a smaller buffer")
        for buffer_index in step.reads:
            if buffer_index not in present:
                fail(f"{step.name} reads {graph.buffers[buffer_index].name} before it is written")
        for buffer_index in step.writes:
            if buffer_index in present:
                fail(f"{step.name} writes {graph.buffers[buffer_index].name}, which is an input or already written")
            present.add(buffer_index)
    if len(present) != len(graph.buffers):
        fail("a buffer is neither an input nor written")
    for first, second in graph.after:
        if not 0 <= first < second < len(graph.steps):
            fail(f"after names the steps ({first}, {second}), which are not in source order")
    members = [member for group in graph.glued for member in group.members]
    if len({buffer for buffer, _ in members}) != len(members):
        fail("a buffer is glued twice")
    if any(not 0 <= buffer < len(graph.buffers) or distance < 0 for buffer, distance in members):
        fail("a glued group names a buffer that does not exist, or a negative distance")
    if graph.state_bytes < 0:
        fail("state_bytes is negative")


def validate_schedule(graph: Graph, order: Sequence[int]) -> None:
    """Raise InvalidPlan unless ``order`` runs every step once, behind those that it depends on."""
    if sorted(order) != list(range(len(graph.steps))):
        raise InvalidPlan(f"{graph.name}: the order is not a permutation of the steps")
    present = set(graph.inputs)
    done: set[int] = set()
    before: dict[int, list[int]] = {}
    for first, second in graph.after:
        before.setdefault(second, []).append(first)
    for number in order:
        step = graph.steps[number]
        for buffer in step.reads:
            if buffer not in present:
                raise InvalidPlan(f"{graph.name}: {step.name} runs before {graph.buffers[buffer].name} is written")
        for first in before.get(number, ()):
            if first not in done:
                raise InvalidPlan(f"{graph.name}: {step.name} runs before {graph.steps[first].name}")
        present.update(step.writes)
        done.add(number)


def validate_plan(problem: Problem, offsets: Sequence[int], arena_bytes: int) -> None:
    """Raise InvalidPlan unless every block lies aligned, apart from what lives with it, and inside the arena."""
    blocks = problem.blocks
    if len(offsets) != len(blocks):
        raise InvalidPlan(f"{len(offsets)} offsets for {len(blocks)} blocks")
    if arena_bytes % problem.alignment:
        raise InvalidPlan(f"an arena of {arena_bytes} bytes is no multiple of {problem.alignment}")
    for block, offset in zip(blocks, offsets, strict=True):
        if offset < 0 or offset + block.bytes > arena_bytes:
            raise InvalidPlan(f"{block.name} at {offset} does not lie inside the arena of {arena_bytes} bytes")
        if offset % block.alignment:
            raise InvalidPlan(f"{block.name} at {offset} is not aligned to {block.alignment}")
        if block.pinned is not None and offset != block.pinned:
            raise InvalidPlan(f"{block.name} is at {offset}, but pinned to {block.pinned}")
    for group in problem.glued:
        if len({offsets[member] - distance for member, distance in group.members}) > 1:
            names = ", ".join(blocks[member].name for member, _ in group.members)
            raise InvalidPlan(f"{names} are not at the distances of their glued group")
    live: list[int] = []
    shared: set[int] = set()
    for current in sorted(range(len(blocks)), key=lambda block: blocks[block].first_step):
        live = [other for other in live if blocks[other].last_step >= blocks[current].first_step]
        low, high = offsets[current], offsets[current] + blocks[current].bytes
        for other in live:
            at = offsets[other]
            if at < high and low < at + blocks[other].bytes and low < high and blocks[other].bytes:
                pair = (min(current, other), max(current, other))
                if pair in problem.overlaps:
                    continue
                step = blocks[current].first_step
                if not _in_place(problem, offsets, pair) or step in shared:
                    raise InvalidPlan(f"{blocks[pair[0]].name} and {blocks[pair[1]].name} share bytes while both live")
                shared.add(step)
        live.append(current)


def _in_place(problem: Problem, offsets: Sequence[int], pair: tuple[int, int]) -> bool:
    """Whether one of the blocks is written over the other as ``Problem.in_place`` has it."""
    for source, result in (pair, pair[::-1]):
        one, other = problem.blocks[source], problem.blocks[result]
        if (source, result) in problem.in_place:
            return offsets[source] == offsets[result] and one.last_step == other.first_step and other.bytes <= one.bytes
    return False


def validate_arena_plan(plan: ArenaPlan) -> None:
    """Raise InvalidPlan unless order, live ranges, layout and figures of ``plan`` fit together."""
    graph = plan.graph
    validate_schedule(graph, plan.order)
    if len(plan.problem.blocks) != len(graph.buffers):
        raise InvalidPlan(f"{graph.name}: {len(plan.problem.blocks)} blocks for {len(graph.buffers)} buffers")
    if plan.problem.glued != graph.glued:
        raise InvalidPlan(f"{graph.name}: the glued groups are not those of the graph")
    end = max(len(plan.order) - 1, 0)
    positions: list[list[int]] = [[] for _ in graph.buffers]
    for position, step in enumerate(plan.order):
        for index in (*graph.steps[step].reads, *graph.steps[step].writes):
            positions[index].append(position)
    for index, (buffer, block) in enumerate(zip(graph.buffers, plan.problem.blocks, strict=True)):
        if (buffer.name, buffer.bytes, buffer.alignment) != (block.name, block.bytes, block.alignment):
            raise InvalidPlan(f"{graph.name}: block {block.name} is not buffer {buffer.name}")
        uses = positions[index]
        first = 0 if index in graph.inputs else uses[0]
        last = end if index in graph.outputs else uses[-1] if uses else 0
        if (block.first_step, block.last_step) != (first, last):
            raise InvalidPlan(
                f"{graph.name}: {buffer.name} is live in {first}..{last}, not in {block.first_step}..{block.last_step}"
            )
    allowed = {
        pair: position for position, step in enumerate(plan.order) for pair in graph.steps[step].in_place
    }  # fmt: skip
    for source, result in plan.problem.in_place:
        lives = plan.problem.blocks[source], plan.problem.blocks[result]
        at = allowed.get((source, result))
        if source in graph.outputs or at is None or not lives[0].last_step == at == lives[1].first_step:
            raise InvalidPlan(f"{graph.name}: {lives[1].name} must not be written over {lives[0].name}")
    validate_plan(plan.problem, plan.offsets, plan.arena_bytes)
    if not plan.lower_bound_bytes <= min(plan.arena_bytes, plan.source_order_bytes):
        raise InvalidPlan(f"{graph.name}: an arena below the lower bound of {plan.lower_bound_bytes} bytes")
