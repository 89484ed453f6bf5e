"""Memory regions, the problem of placing blocks in them, and its answer, as frozen data.

Regions stand in order of preference: the first is the fast one, the last the slow one that shall be used least.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from arenite.graph import Problem
from arenite.packing.items import round_up


@dataclass(frozen=True)
class Region:
    """Contiguous memory. ``bytes`` is None without a limit, ``base`` the address of the first byte, None where the
    linker decides. What is used of it is a multiple of ``alignment`` bytes, to which its base is aligned, too."""

    name: str
    bytes: int | None
    base: int | None = None
    alignment: int = 1

    @property
    def capacity(self) -> int | None:
        """The largest multiple of ``alignment`` in ``bytes``."""
        return None if self.bytes is None else self.bytes // self.alignment * self.alignment


@dataclass(frozen=True)
class RegionProblem:
    """Place the blocks of ``problem``: each in a region, no two of one region on the same bytes while both live.

    ``allowed[b]``: numbers of the regions that block b may lie in, ascending. Pinned offsets of blocks and pairs
    written in place count within one region; a glued group lies in one region. The alignment of ``problem`` itself is
    not used.
    """

    problem: Problem
    regions: tuple[Region, ...]
    allowed: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class RegionLayout:
    """``region_of[b]`` and ``offsets[b]``: number of the region of block b and its offset in bytes from the region's
    base. ``used_bytes[r]``: the largest end of a block in region r, rounded up to its alignment.

    ``lower_bound_bytes[r]``: no layout that uses no more of the regions behind r uses less of r.
    """

    region_of: tuple[int, ...]
    offsets: tuple[int, ...]
    used_bytes: tuple[int, ...]
    lower_bound_bytes: tuple[int, ...]

    @property
    def optimal(self) -> bool:
        """Whether the slower regions are proven to be used as little as can be, and the first one, too, if it is the
        only one in use."""
        return self.used_bytes[1:] == self.lower_bound_bytes[1:] and (
            any(self.used_bytes[1:]) or self.used_bytes[:1] == self.lower_bound_bytes[:1]
        )


def used_bytes(stated: RegionProblem, region_of: Sequence[int], offsets: Sequence[int]) -> tuple[int, ...]:
    """The largest end of a block in each region, rounded up to the region's alignment."""
    ends = [0] * len(stated.regions)
    for block, region, offset in zip(stated.problem.blocks, region_of, offsets, strict=True):
        ends[region] = max(ends[region], offset + block.bytes)
    return tuple(round_up(end, region.alignment) for end, region in zip(ends, stated.regions, strict=True))


def slowest_first(used: Sequence[int]) -> tuple[int, ...]:
    """What is compared: of two layouts the one with the smaller tuple is better."""
    return tuple(reversed(used))
