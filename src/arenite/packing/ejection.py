"""The lowest layout of many blocks, glued or not, that is found without an exact search: fixed orders, then ejection.

Native code does the work: see `arenite.packing.layouts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import accumulate

from arenite.packing.items import Item, Packing
from arenite.packing.layouts import SLICE_EFFORT, Layouts

Offsets = tuple[int, ...]
Late = Callable[[], bool]
EFFORT = 200_000_000
"""Barriers looked at in all: one to two seconds."""
CAPACITIES = 8
"""So many that cannot be reached take all of it."""


def orders(packing: Packing) -> Iterator[list[int]]:
    """Items by size, area, lifetime, birth, death and by how full the arena is while they live; then the same with
    glued groups in front, the longest first. Ties by position."""
    blocks = packing.problem.blocks
    items = packing.items
    numbers = range(len(items))
    size = [sum(blocks[block].bytes for block, _ in item.parts) for item in items]
    first = [min(blocks[block].first_step for block, _ in item.parts) for item in items]
    last = [max(blocks[block].last_step for block, _ in item.parts) for item in items]
    area = [
        sum(blocks[b].bytes * (blocks[b].last_step - blocks[b].first_step + 1) for b, _ in item.parts) for item in items
    ]
    pressure = _pressure(packing)
    keys: tuple[Callable[[int], tuple[int, ...]], ...] = (
        lambda n: (-size[n], first[n]),
        lambda n: (-area[n],),
        lambda n: (first[n] - last[n], -size[n]),
        lambda n: (first[n], -size[n]),
        lambda n: (-last[n], -size[n]),
        lambda n: (-pressure[n], -size[n]),
    )
    for groups_first in (False, True) if len(items) < len(blocks) else (False,):
        for key in keys:
            ranked = sorted(numbers, key=lambda n: (*key(n), n))
            yield sorted(ranked, key=lambda n: -len(items[n].parts)) if groups_first else ranked


def _pressure(packing: Packing) -> list[int]:
    """Per item the most bytes that live in one step together with a part of it."""
    blocks = packing.problem.blocks
    change: dict[int, int] = {}
    for block in blocks:
        change[block.first_step] = change.get(block.first_step, 0) + block.bytes
        change[block.last_step + 1] = change.get(block.last_step + 1, 0) - block.bytes
    # Steps may be large numbers: only those count in which something is born or has died.
    at = {step: number for number, step in enumerate(sorted(change))}
    live = list(accumulate(change[step] for step in at))

    def fullest(item: Item) -> int:
        return max(max(live[at[blocks[b].first_step] : at[blocks[b].last_step + 1]]) for b, _ in item.parts)

    return [fullest(item) for item in packing.items]


def best_placed(layouts: Layouts, packing: Packing, target: int, late: Late) -> Offsets:
    """Offsets of all blocks in the lowest layout over all ``orders``, first fit and best fit. Stops at an arena of
    ``target`` bytes, or when it is ``late``."""
    best: Offsets = ()
    best_bytes = 0
    for order in orders(packing):
        for tightest in (False, True):
            layouts.place(order, tightest=tightest)
            arena = layouts.arena_bytes()
            if not best or arena < best_bytes:
                best, best_bytes = layouts.offsets(), arena
            if best_bytes <= target or late():
                return best
    return best


def lowered(
    layouts: Layouts, packing: Packing, offsets: Offsets, target: int, late: Late, effort: int = EFFORT
) -> Offsets:
    """Offsets of all blocks in a lower layout than ``offsets``, or these if none is found. Stops at an arena of
    ``target`` bytes, when it is ``late``, or when ``effort`` barriers have been looked at."""
    unit = packing.problem.alignment
    first = bases = best = [offsets[block] - at for (block, at), *_ in (item.parts for item in packing.items)]
    layouts.set_bases(bases)
    first_arena = arena = least = layouts.arena_bytes()
    share, parts, seed = max(effort // CAPACITIES, SLICE_EFFORT), 1, 0
    # The target itself first; then a part of the way to it, which is smaller each time that it was too much. Where not
    # even the next smaller arena is reached, from the beginning again: luck decides where the way ends.
    while least > target and effort > 0 and not late():
        seed += 1
        layouts.set_bases(bases)
        step = max((arena - target) // parts // unit, 1) * unit
        capacity = max(target, arena - step)
        spent = min(share, effort)
        left = layouts.lower(capacity, spent, seed, late)
        effort -= spent - (left or 0)
        if left is not None:
            bases, arena = layouts.bases(), layouts.arena_bytes()
            best, least = (bases, arena) if arena < least else (best, least)
        elif step > unit:
            parts *= 2
        else:
            bases, arena, parts, share = first, first_arena, 2, max(share // 2, SLICE_EFFORT)
    layouts.set_bases(best)
    return layouts.offsets()
