"""A Problem made ready for packing: glued blocks as one item, conflicts as adjacency.

An *item* is what gets one base offset: a block on its own or a glued group, whose parts lie at fixed distances >= 0
from the base. Blocks of 0 bytes take part only if they are glued or pinned.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import gcd

from arenite.graph import Problem


@dataclass(frozen=True)
class Item:
    """``parts``: (block, distance in bytes from the item's base). The base must be ``residue`` modulo ``modulus``:
    so the alignments of all parts come together. ``pinned`` is the base that the caller demands."""

    parts: tuple[tuple[int, int], ...]
    span: int
    modulus: int
    residue: int
    pinned: int | None

    def aligned(self, offset: int) -> int:
        """The smallest admissible base >= ``offset``."""
        return offset + (self.residue - offset) % self.modulus


@dataclass(frozen=True)
class Packing:
    """``plain``: every item is a single block without a pin and no overlaps are allowed, so that a layout is a stack
    of rectangles. ``sizes``: the bytes that a block keeps from the others, which is more than its own if all offsets
    are multiples of some number."""

    problem: Problem
    items: tuple[Item, ...]
    item_of: tuple[int, ...]
    plain: bool
    sizes: tuple[int, ...]

    @cached_property
    def conflicts(self) -> tuple[tuple[int, ...], ...]:
        """Per block the blocks of other items that must not share bytes with it; those that may be written in place are
        among them, for ``in_place.merge`` comes before packing. Thousands of rows have millions of conflicts."""
        blocks, item_of = self.problem.blocks, self.item_of
        # Where nothing is special about any pair, none is looked at.
        loose = not self.problem.overlaps and len(self.items) == len(blocks)
        conflicts: list[list[int]] = [[] for _ in blocks]
        live: list[int] = []
        for block in sorted((b for b in range(len(blocks)) if blocks[b].bytes), key=lambda b: blocks[b].first_step):
            live = [other for other in live if blocks[other].last_step >= blocks[block].first_step]
            meets = (
                live
                if loose
                else [
                    other
                    for other in live
                    if item_of[block] != item_of[other]
                    and (min(block, other), max(block, other)) not in self.problem.overlaps
                ]
            )
            conflicts[block] = list(meets)
            for other in meets:
                conflicts[other].append(block)
            live.append(block)
        return tuple(map(tuple, conflicts))

    def arena_bytes(self, offsets: tuple[int, ...]) -> int:
        """The largest end of a block, rounded up to the base alignment."""
        blocks = self.problem.blocks
        end = max((offset + block.bytes for offset, block in zip(offsets, blocks, strict=True)), default=0)
        return round_up(end, self.problem.alignment)


def round_up(value: int, alignment: int) -> int:
    return -(-value // alignment) * alignment


def granule(alignments: Iterable[int], arena_alignment: int) -> int:
    """What divides every offset and the arena's size: each block ends, for the others, at a multiple of it."""
    unit = gcd(*alignments)
    return unit if unit and arena_alignment % unit == 0 else 1


def prepare(problem: Problem) -> Packing:
    """Make ``problem`` ready.

    Raises:
        ValueError: no layout exists: a block is in two groups, pins or alignments within a group do not fit its
            distances, parts of a group or pinned blocks lie on top of each other.
    """
    blocks = problem.blocks
    groups = [group.members for group in problem.glued if group.members]
    grouped = [block for group in groups for block, _ in group]
    if len(grouped) != len(set(grouped)):
        raise ValueError("a block is glued twice")
    alone = set(range(len(blocks))) - set(grouped)
    items = tuple(_item(problem, group) for group in [*groups, *(((block, 0),) for block in sorted(alone))])
    item_of = [0] * len(blocks)
    for number, item in enumerate(items):
        for block, _ in item.parts:
            item_of[block] = number
        if len(item.parts) > 1:
            _check_parts(problem, item)
    plain = (
        not problem.overlaps
        and not problem.in_place
        and all(len(item.parts) == 1 and item.pinned is None for item in items)
    )
    unit = granule([block.alignment for block in blocks if block.bytes], problem.alignment) if plain else 1
    sizes = tuple(round_up(block.bytes, unit) for block in blocks)
    packing = Packing(problem, items, tuple(item_of), plain, sizes)
    _check_pins(packing)
    return packing


def _check_parts(problem: Problem, item: Item) -> None:
    """Raises ValueError if parts that live together and must not overlap lie on the same bytes."""
    blocks = problem.blocks
    solid = [(block, at) for block, at in item.parts if blocks[block].bytes]
    by_place = sorted((at, blocks[block].bytes) for block, at in solid)
    if all(at + size <= following for (at, size), (following, _) in pairwise(by_place)):
        return
    live: list[tuple[int, int]] = []
    for block, at in sorted(solid, key=lambda part: blocks[part[0]].first_step):
        live = [part for part in live if blocks[part[0]].last_step >= blocks[block].first_step]
        for other, other_at in live:
            if _share(at, blocks[block].bytes, other_at, blocks[other].bytes) and (
                (min(block, other), max(block, other)) not in problem.overlaps
            ):
                raise ValueError(f"{blocks[block].name} and {blocks[other].name} are glued onto the same bytes")
        live.append((block, at))


def _share(offset: int, size: int, other_offset: int, other_size: int) -> bool:
    return offset < other_offset + other_size and other_offset < offset + size


def _item(problem: Problem, members: tuple[tuple[int, int], ...]) -> Item:
    blocks = problem.blocks
    if len(members) == 1 and blocks[members[0][0]].pinned is None:
        only = blocks[members[0][0]]
        return Item(((members[0][0], 0),), only.bytes, only.alignment, 0, None)
    base = min(at for _, at in members)
    parts = tuple((block, at - base) for block, at in members)
    modulus, residue = 1, 0
    for block, at in parts:
        step = blocks[block].alignment
        wanted = -at % step
        common = gcd(modulus, step)
        if (wanted - residue) % common:
            raise ValueError(f"the alignment of {blocks[block].name} does not fit its distance in the glued group")
        while residue % step != wanted:
            residue += modulus
        modulus = modulus // common * step
        residue %= modulus
    pins = {pin - at for block, at in parts if (pin := blocks[block].pinned) is not None}
    name = blocks[parts[0][0]].name
    if len(pins) > 1:
        raise ValueError(f"pinned offsets in the glued group of {name} contradict its distances")
    pinned = pins.pop() if pins else None
    if pinned is not None and (pinned < 0 or pinned % modulus != residue):
        raise ValueError(f"the pinned offset of {name} is negative or not aligned")
    return Item(parts, max(at + blocks[block].bytes for block, at in parts), modulus, residue, pinned)


def _check_pins(packing: Packing) -> None:
    blocks = packing.problem.blocks
    at: dict[int, int] = {}
    for item in packing.items:
        if item.pinned is not None:
            at.update({block: item.pinned + distance for block, distance in item.parts if blocks[block].bytes})
    live: list[int] = []
    for block in sorted(at, key=lambda block: blocks[block].first_step):
        live = [other for other in live if blocks[other].last_step >= blocks[block].first_step]
        for other in live:
            if (
                packing.item_of[block] != packing.item_of[other]
                and (min(block, other), max(block, other)) not in packing.problem.overlaps
                and _share(at[block], blocks[block].bytes, at[other], blocks[other].bytes)
            ):
                names = " and ".join(blocks[one].name for one in sorted((block, other)))
                raise ValueError(f"{names} are pinned onto the same bytes")
        live.append(block)
