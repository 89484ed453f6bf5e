"""Replaces modules of the ordering problem by chains, from the inside out.

A module is what lies between a fork and a join: a set of tasks whose values nobody outside competes for. Its live
memory adds up with that of the rest, whatever runs in between, so that one order of it is as good as any other in every
surrounding (see ``valleys``); its pieces become tasks. On series-parallel graphs nothing but a chain remains: the order
is optimal (see also Kayaaslan et al. 2018, "Scheduling series-parallel task graphs to minimize peak memory").
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from arenite.ordering.chains import join_chains
from arenite.ordering.network import Group, Network, masked, regrouped, within
from arenite.ordering.precedence import Precedence, bits
from arenite.ordering.valleys import linearised


def contract(tasks: Network, deadline: float, *, thorough: bool = True) -> Network:
    """``tasks`` with fewer tasks, the best order of which is as good as the best of ``tasks``.

    Modules that are not solved at ``deadline`` (time.monotonic) remain; not ``thorough``: also those with many states.
    """
    if tasks.first_bytes:
        return tasks
    failed: set[tuple[int, ...]] = set()
    while True:
        tasks = join_chains(tasks)
        groups = _contracted_once(tasks, failed, deadline, thorough)
        if not groups:
            return tasks
        tasks = regrouped(tasks, groups)


def _contracted_once(tasks: Network, failed: set[tuple[int, ...]], deadline: float, thorough: bool) -> list[Group]:
    index = masked(tasks)
    groups: list[Group] = []
    touched = 0
    for lower, inside in sorted(_modules(index), key=lambda module: module[1].bit_count()):
        if inside & touched or time.monotonic() > deadline:
            continue
        if not _separate(index, lower, inside):
            continue
        key = tuple(sorted(tasks.order(bits(inside))))
        if key in failed:
            continue
        module = join_chains(within(tasks, index, lower, lower | inside))
        chain = linearised(module, deadline, thorough=thorough)
        if chain is None:
            failed.add(key)
            continue
        touched |= inside
        slots = bits(inside)
        behind = -1
        for members, allocates in chain:
            group = Group(next(slots), module.order(members), allocates, (), behind)
            groups.append(group)
            behind = group.tasks[-1]
    return groups


def _modules(index: Precedence) -> Iterator[tuple[int, int]]:
    """Pairs (downset before, tasks) of what lies between a fork and the join where all its ways meet, or between either
    of the two and an end of the graph."""
    count = len(index.predecessors)
    joins = [count] * (count + 1)
    forks = [-1] * count
    forked = [False] * count
    for task in reversed(range(count)):
        direct = index.following[task]
        for other in bits(index.following[task]):
            direct &= ~index.descendants[other]
        meets = -1
        for other in bits(direct):
            meets = other if meets < 0 else _meet_behind(joins, meets, other)
        joins[task] = meets if meets >= 0 else count
        forked[task] = bool(direct & (direct - 1))
    joined = [False] * count
    for task in range(count):
        direct = index.predecessors[task]
        for other in bits(index.predecessors[task]):
            direct &= ~index.ancestors[other]
        meets = -2
        for other in bits(direct):
            meets = other if meets == -2 else _meet_before(forks, meets, other)
        forks[task] = max(meets, -1)
        joined[task] = bool(direct & (direct - 1))
    for task in range(count):
        join = joins[task]
        before = index.ancestors[task] | 1 << task
        if join == count:
            inside = index.descendants[task] if forked[task] else 0
        elif forks[join] == task:
            inside = index.descendants[task] & index.ancestors[join]
        else:
            inside = 0
        if inside & (inside - 1):
            yield before, inside
        if joined[task] and forks[task] < 0:
            yield 0, index.ancestors[task]


def _meet_behind(joins: list[int], one: int, other: int) -> int:
    """The first task through which all ways behind both tasks lead."""
    while one != other:
        if one < other:
            one = joins[one]
        else:
            other = joins[other]
    return one


def _meet_before(forks: list[int], one: int, other: int) -> int:
    while one != other:
        if one > other:
            one = forks[one]
        else:
            other = forks[other]
    return one


def _separate(index: Precedence, lower: int, inside: int) -> bool:
    """Whether the tasks ``inside``, behind the downset ``lower``, depend on nothing in parallel to them, and their live
    memory neither. All but the whole graph is of interest."""
    if inside == index.steps:
        return False
    tasks = list(bits(inside))
    if any(index.predecessors[task] & ~(lower | inside) for task in tasks):
        return False
    beyond = index.steps & ~inside
    for task in tasks:
        beyond &= index.descendants[task] | inside
    for task in tasks:
        if index.following[task] & ~(inside | beyond):
            return False
        for number in index.reads[task]:
            others = index.values[number].readers & ~(lower | inside)
            if others and not others & beyond:
                return False
    return True
