"""Which kernels the operators of a model call: the cheapest, where a byte of flash is worth so many instructions.

The code of a family is paid once, however many operators call it. So the question is which families a program has; then
each operator takes the cheapest kernel among them. Families meet only in operators that could call either, and there
are few such groups, so all subsets are tried.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations

from arenite.codegen.kernels import kernels
from arenite.frontends.bodies.costs import code_bytes, instructions
from arenite.frontends.lowering import Call, sizes_of
from arenite.target import Optimise, Target

WORTH: Mapping[Optimise, float] = {"speed": 20.0, "size": 10_000.0}
"""Instructions of one inference that a byte of flash is worth."""
UNKNOWN = 1e12
"""Instructions of a kernel that nobody has counted."""


@dataclass(frozen=True, eq=False)
class Option:
    """A call of a kernel that computes an operator, and its bytes of scratch."""

    call: Call
    scratch_bytes: int = 0
    _known: dict[str, tuple[float | None, int]] = field(default_factory=dict, init=False, repr=False)

    @property
    def family(self) -> str:
        return kernels()[self.call.kernel].family

    def costs(self, cpu: str) -> tuple[float | None, int]:
        """Instructions of its call, None where nothing was counted, and bytes of its constants."""
        if cpu not in self._known:
            data = sum(sizes_of(self.call.constants).values()) + 4 * len(self.call.layer)
            self._known[cpu] = instructions(self.call.kernel, self.call.layer, cpu), data
        return self._known[cpu]


def cheapest(options: Sequence[Sequence[Option]], target: Target) -> tuple[Option, ...]:
    """For each call of a program one of its options, so that instructions and flash together cost least; of equals the
    first."""
    chosen: list[Option | None] = [None] * len(options)
    costs = [_of_families(each, target) for each in options]
    for group in _groups(costs):
        families = sorted({family for number in group for family in costs[number]})
        code = {family: code_bytes(family, target.cpu) or 0 for family in families}
        best = float("inf")
        for subset in _subsets(families):
            own = [[costs[number][family] for family in subset if family in costs[number]] for number in group]
            if not all(own):
                continue
            taken = [min(each) for each in own]
            cost = sum([each[0] for each in taken])
            cost += WORTH[target.optimise] * sum([code[family] for family in subset])
            if cost < best:
                best = cost
                for number, (_, place) in zip(group, taken, strict=True):
                    chosen[number] = options[number][place]
    return tuple(option for option in chosen if option is not None)


def _of_families(options: Sequence[Option], target: Target) -> dict[str, tuple[float, int]]:
    """Of each family's cheapest option, of equals the first: its cost and place."""
    found: dict[str, tuple[float, int]] = {}
    for place, option in enumerate(options):
        own, family = (_cost(option, target), place), option.family
        if family not in found or own < found[family]:
            found[family] = own
    return found


def _cost(option: Option, target: Target) -> float:
    """In instructions, without the code."""
    executed, data = option.costs(target.cpu)
    return (UNKNOWN if executed is None else executed) + WORTH[target.optimise] * data


def _groups(families: Sequence[Collection[str]]) -> list[list[int]]:
    """Numbers of calls that have families in common, directly or by others."""
    groups: list[tuple[set[str], list[int]]] = []
    for number, own in enumerate(families):
        joined = [group for group in groups if not group[0].isdisjoint(own)]
        if len(joined) == 1:
            joined[0][0].update(own)
            joined[0][1].append(number)
            continue
        groups = [group for group in groups if group[0].isdisjoint(own)]
        together = set(own).union(*(group[0] for group in joined))
        groups.append((together, [*chain.from_iterable(group[1] for group in joined), number]))
    return [members for _, members in groups]


def _subsets(items: Sequence[str]) -> Iterable[tuple[str, ...]]:
    """The smallest first; none is empty."""
    return chain.from_iterable(combinations(items, count) for count in range(1, len(items) + 1))
