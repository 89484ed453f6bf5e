"""Layouts without search: items in some order, each at the lowest free place or in the tightest hole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from arenite.packing.items import Item, Packing

Offsets = tuple[int, ...]
SQUEAKS = 60
"""Rounds of reordering after the fixed orders have missed the target."""
EFFORT = 3_000_000
"""Conflicts looked at, over all layouts, before no other one is begun: a few seconds."""


def place(packing: Packing, order: Sequence[int], *, tightest: bool = False) -> Offsets:
    """Offsets of all blocks when the items are placed in ``order``; pinned items come first."""
    offsets = [-1] * len(packing.problem.blocks)
    pins = [number for number, item in enumerate(packing.items) if item.pinned is not None]
    for number in [*pins, *(number for number in order if packing.items[number].pinned is None)]:
        item = packing.items[number]
        base = item.pinned if item.pinned is not None else _free_base(packing, item, offsets, tightest)
        for block, distance in item.parts:
            offsets[block] = base + distance
    return tuple(offsets)


def _free_base(packing: Packing, item: Item, offsets: list[int], tightest: bool) -> int:
    blocks = packing.problem.blocks
    barred = sorted(
        (offsets[other] - blocks[block].bytes - distance, offsets[other] + blocks[other].bytes - distance)
        for block, distance in item.parts
        for other in packing.conflicts[block]
        if offsets[other] >= 0
    )
    base = item.aligned(0)
    best, best_room = -1, 0
    for after, until in barred:
        if base <= after:
            if not tightest:
                return base
            room = after - base
            if best < 0 or room < best_room:
                best, best_room = base, room
        if until > base:
            base = item.aligned(until)
    return best if best >= 0 else base


def place_at_both_ends(packing: Packing, capacity: int) -> Offsets | None:
    """Blocks in order of birth, on the ground where it is free, else as high under ``capacity`` as they can.

    Packs chains of operators perfectly, where each buffer lives with the one before: they swap ends. None if a block
    finds no place; for plain problems only.
    """
    blocks = packing.problem.blocks
    offsets = [-1] * len(blocks)
    for block in sorted(
        range(len(blocks)), key=lambda b: (blocks[b].first_step, -blocks[b].last_step, -blocks[b].bytes, b)
    ):
        size, step = blocks[block].bytes, blocks[block].alignment
        taken = sorted(
            (offsets[other], offsets[other] + blocks[other].bytes)
            for other in packing.conflicts[block]
            if offsets[other] >= 0
        )
        if not taken or size <= taken[0][0]:
            offsets[block] = 0
            continue
        offset = (capacity - size) // step * step
        for low, high in reversed(taken):
            if high <= offset:
                break
            offset = min(offset, (low - size) // step * step)
        if offset < 0:
            return None
        offsets[block] = offset
    return tuple(offsets)


def fixed_orders(packing: Packing) -> Iterator[list[int]]:
    """Items by size, area, lifetime, birth and by how full the arena is while they live; ties by position."""
    blocks = packing.problem.blocks
    size = [item.span for item in packing.items]
    first = [min(blocks[block].first_step for block, _ in item.parts) for item in packing.items]
    last = [max(blocks[block].last_step for block, _ in item.parts) for item in packing.items]
    life = [end - start + 1 for start, end in zip(first, last, strict=True)]
    numbers = range(len(packing.items))
    yield sorted(numbers, key=lambda n: (-size[n], first[n], n))
    yield sorted(numbers, key=lambda n: (-life[n], -size[n], n))
    yield sorted(numbers, key=lambda n: (-size[n] * life[n], n))
    yield sorted(numbers, key=lambda n: (first[n], -size[n], n))
    yield sorted(numbers, key=lambda n: (-last[n], -size[n], n))
    pressure = [
        max(
            blocks[b].bytes + sum(blocks[other].bytes for other in packing.conflicts[b])
            for b, _ in packing.items[n].parts
        )
        for n in numbers
    ]
    yield sorted(numbers, key=lambda n: (-pressure[n], -size[n], n))
    yield sorted(numbers, key=lambda n: (first[n], -last[n], -size[n], n))


def best_of_orders(packing: Packing, target: int, late: Callable[[], bool]) -> Offsets:
    """The lowest layout over the fixed orders, then over orders in which the items that ended above ``target`` squeak
    their way forward (Joslin and Clements' squeaky wheel, 1999). Stops at ``target`` bytes, or when ``late`` says
    so; where conflicts are many, after few orders."""
    best: Offsets | None = None
    best_bytes = 0
    start: list[int] = []
    if packing.plain:
        best = place_at_both_ends(packing, target)
        best_bytes = packing.arena_bytes(best) if best is not None else 0
        if best is not None and best_bytes <= target:
            return best
    layouts = max(EFFORT // (sum(map(len, packing.conflicts)) + 1), 2)
    for order in fixed_orders(packing):
        for tightest in (False, True):
            offsets = place(packing, order, tightest=tightest)
            size = packing.arena_bytes(offsets)
            if best is None or size < best_bytes:
                best, best_bytes, start = offsets, size, order
            layouts -= 1
            if best_bytes <= target or not layouts or late():
                return best
    assert best is not None
    order = start
    offsets = place(packing, order)
    for _ in range(min(SQUEAKS, layouts)):
        order = _squeak(packing, order, offsets, target)
        offsets = place(packing, order)
        size = packing.arena_bytes(offsets)
        if size < best_bytes:
            best, best_bytes = offsets, size
        if best_bytes <= target or late():
            break
    return best


def _squeak(packing: Packing, order: list[int], offsets: Offsets, target: int) -> list[int]:
    blocks = packing.problem.blocks
    rank = {number: position for position, number in enumerate(order)}

    def place_in_line(number: int) -> tuple[float, int]:
        above = any(offsets[block] + blocks[block].bytes > target for block, _ in packing.items[number].parts)
        return (rank[number] * 0.5 - 1 if above else rank[number]), rank[number]

    return sorted(order, key=place_in_line)
