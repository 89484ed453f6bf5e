"""In place: an output and the input that it is written over become one item, so that both get the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import lcm

from arenite.passes.relay.memory.memory_items import Item, Pairs, Placement, pair


@dataclass(frozen=True)
class Merged:
    """``items`` with groups of them made one; ``groups``: name of a merged item -> names of its parts, the others stand
    for themselves."""

    items: tuple[Item, ...]
    groups: dict[str, tuple[str, ...]]

    def split(self, placement: Placement) -> dict[str, tuple[str, int]]:
        """Places of the parts."""
        return {part: place for name, place in placement.items() for part in self.groups.get(name, (name,))}


def ways_to_merge(items: Sequence[Item], in_place: Pairs) -> Iterator[Merged]:
    """Different choices of what is written in place, the likely best first, without any last.

    A sum of two dying inputs can go over only one of them: in one choice that is the one that lived longer, as far as
    the number of conflicts tells, in one the other.
    """
    known = {item.name: item for item in items}
    useful = [
        (known[first], known[second])
        for first, second in sorted(in_place)
        if first in known and second in known[first].conflicts and _alike(known[first], known[second])
    ]
    seen = set()
    for sign in (-1, 1):
        useful.sort(key=lambda both: (-both[0].bytes, sign * min(len(item.conflicts) for item in both)))
        merged = _merge(items, useful, in_place)
        parts = frozenset(merged.groups.values())
        if parts and parts not in seen:
            seen.add(parts)
            yield merged
    yield Merged(tuple(items), {})


def _alike(one: Item, other: Item) -> bool:
    return (one.bytes, one.pools) == (other.bytes, other.pools)


def _merge(items: Sequence[Item], pairs: Sequence[tuple[Item, Item]], in_place: Pairs) -> Merged:
    """Merge one pair after the other, unless it would lay an item over one that it conflicts with."""
    known = {item.name: item for item in items}
    group_of: dict[str, tuple[str, ...]] = {item.name: (item.name,) for item in items}
    for one, other in pairs:
        first, second = group_of[one.name], group_of[other.name]
        if first == second or any(
            b in known[a].conflicts and pair(a, b) not in in_place for a in first for b in second
        ):
            continue
        joined = tuple(sorted(first + second))
        for name in joined:
            group_of[name] = joined
    groups = {"+".join(group): group for group in group_of.values() if len(group) > 1}
    renamed = {part: name for name, group in groups.items() for part in group}
    merged: list[Item] = []
    for group in sorted(set(group_of.values())):
        parts = [known[part] for part in group]
        conflicts = frozenset(renamed.get(name, name) for part in parts for name in part.conflicts)
        name = renamed.get(group[0], group[0])
        alignment = lcm(*(part.alignment for part in parts))
        merged.append(Item(name, parts[0].bytes, alignment, parts[0].pools, conflicts - {name}))
    return Merged(tuple(merged), groups)
