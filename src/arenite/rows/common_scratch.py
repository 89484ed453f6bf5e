"""One place for the scratch of all steps: its address is then a constant of the code, not a word for each row."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from arenite.graph import Graph, Problem
from arenite.packing.items import round_up
from arenite.rows.row_graph import scratch_buffers


def without_scratch(graph: Graph) -> Graph:
    """``graph`` with scratch of 0 bytes."""
    scratch = scratch_buffers(graph)
    buffers = [replace(item, bytes=0) if number in scratch else item for number, item in enumerate(graph.buffers)]
    return replace(graph, buffers=tuple(buffers))


def place_scratch(problem: Problem, offsets: Sequence[int], scratch: Collection[int]) -> tuple[tuple[int, ...], int]:
    """Offsets with the blocks ``scratch`` at the lowest common place that is free whenever one of them lives, and the
    size of the arena then, in bytes.

    Args:
        offsets: of all blocks; those of scratch count for nothing.
        scratch: blocks, no two of which live at once.
    """
    own = [problem.blocks[block] for block in scratch]
    size = max((block.bytes for block in own), default=0)
    alignment = max((block.alignment for block in own), default=1)
    steps = max((block.last_step for block in problem.blocks), default=0) + 1
    # busy[s]: how many of the steps before s use scratch.
    busy = [0] * (steps + 1)
    for block in own:
        for step in range(block.first_step, block.last_step + 1):
            busy[step + 1] = 1
    for step in range(steps):
        busy[step + 1] += busy[step]
    others = [
        (offset, offset + block.bytes)
        for number, (offset, block) in enumerate(zip(offsets, problem.blocks, strict=True))
        if number not in scratch and block.bytes and busy[block.last_step + 1] > busy[block.first_step]
    ]
    place = 0
    for begin, end in sorted(others):
        if begin >= place + size:
            break
        place = max(place, round_up(end, alignment))
    placed = tuple(place if number in scratch else offset for number, offset in enumerate(offsets))
    end = max((offset + block.bytes for offset, block in zip(placed, problem.blocks, strict=True)), default=0)
    return placed, round_up(end, problem.alignment)
