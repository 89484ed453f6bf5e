"""Why a problem does not fit into its regions: what is missing when, and what is in the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from arenite.errors import AreniteError
from arenite.regions.model import Region, RegionProblem

NAMED = 3
"""Buffers that are named."""


def shortage(
    stated: RegionProblem,
    proven: bool,
    *,
    file: str | None = None,
    when: Callable[[int], str] = lambda step: f"step {step}",
    remedy: str = "enlarge a region or add one",
) -> AreniteError:
    """The error that tells a user so.

    Args:
        proven: there is no layout; otherwise none was found.
        when: how a step is called.
    """
    blocks = stated.problem.blocks
    for block, allowed in zip(blocks, stated.allowed, strict=True):
        sizes = [_capacity(stated.regions[region]) for region in allowed]
        if block.bytes > max(sizes, default=0):
            where = " or ".join(stated.regions[region].name for region in allowed)
            more = block.bytes - max(sizes, default=0)
            text = f"{block.name} alone needs {block.bytes:,} bytes, {more:,} more than {where} has"
            return _error(stated, text, file, remedy)
    worst = max(
        [("the regions together", sum(map(_capacity, stated.regions)), list(range(len(blocks)))), *_pinned(stated)],
        key=lambda one: _fullest(stated, one[2])[1] - one[1],
    )
    what, capacity, members = worst
    step, live, living = _fullest(stated, members)
    largest = ", ".join(f"{blocks[block].name} ({blocks[block].bytes:,})" for block in living[:NAMED])
    at = f"{when(step)} needs {live:,} bytes"
    if live > capacity:
        text = f"{at}, {live - capacity:,} more than {what} have; the largest there are {largest}"
    elif proven:
        text = f"{at}, which cannot be divided among them; the largest there are {largest}"
    else:
        text = f"{at}, and no way to divide them was found in time; the largest there are {largest}"
        remedy = f"raise --timeout, or {remedy}"
    return _error(stated, text, file, remedy)


def _error(stated: RegionProblem, text: str, file: str | None, remedy: str) -> AreniteError:
    regions = ", ".join(f"{region.name} of {_capacity(region):,} bytes" for region in stated.regions)
    return AreniteError(f"does not fit into {regions}: {text}", file=file, remedy=remedy)


def _capacity(region: Region) -> int:
    return 1 << 62 if region.capacity is None else region.capacity


def _pinned(stated: RegionProblem) -> list[tuple[str, int, list[int]]]:
    return [
        (f"the {_capacity(region):,} of {region.name}", _capacity(region), members)
        for number, region in enumerate(stated.regions)
        if (members := [block for block, allowed in enumerate(stated.allowed) if allowed == (number,)])
    ]


def _fullest(stated: RegionProblem, members: Sequence[int]) -> tuple[int, int, list[int]]:
    """The step at which most of ``members`` is live, the bytes, and the live ones, the largest first. What can be
    written in place counts once."""
    blocks, inside = stated.problem.blocks, set(members)
    saved: dict[int, int] = {}
    for source, result in stated.problem.in_place:
        if source in inside and result in inside:
            step = blocks[result].first_step
            saved[step] = max(saved.get(step, 0), blocks[result].bytes)
    best: tuple[int, int, list[int]] = (0, 0, [])
    for step in sorted({blocks[block].first_step for block in members}):
        living = [block for block in members if blocks[block].first_step <= step <= blocks[block].last_step]
        live = sum(blocks[block].bytes for block in living) - saved.get(step, 0)
        if live > best[1]:
            best = step, live, sorted(living, key=lambda block: (-blocks[block].bytes, block))
    return best
