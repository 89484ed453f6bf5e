"""Joins tasks that may as well run one directly behind the other.

Let a task w wait for u, for what precedes u, and for nothing else, and u be waited for by w alone. Others may run
between the two. They need not

- if w does not raise live memory and its worst moment is no worse than that of u: advance w to directly behind u;
- if u does not lower live memory and its worst moment is no worse than that of w: delay u to directly before w.

What is moved must free and save the same bytes wherever it runs: no task in parallel may compete for being the last
reader of its operands. On a chain without other readers these two rules leave the hill-valley segments of Liu (1987,
"An application of generalized tree pebbling to sparse matrix factorization").
"""

from __future__ import annotations

from dataclasses import dataclass

from arenite.ordering.network import Group, Network, Ways, masked, regrouped
from arenite.ordering.precedence import Precedence


@dataclass(frozen=True)
class _Chain:
    """Tasks in a fixed order. Their worst moment is between ``least`` and ``most`` bytes above what is live before;
    behind them, ``net`` bytes more are live than before, at most. ``fixed``: all this is so in every order."""

    tasks: tuple[int, ...]
    allocates: int
    in_place: Ways
    least: int
    most: int
    net: int
    fixed: bool


def join_chains(tasks: Network) -> Network:
    """``tasks`` with fewer tasks, the best order of which is as good as the best of ``tasks``."""
    if tasks.first_bytes:
        return tasks
    while True:
        groups = _joined_once(tasks)
        if not groups:
            return tasks
        tasks = regrouped(tasks, groups)


def _joined_once(tasks: Network) -> list[Group]:
    index = masked(tasks)
    chains: dict[int, _Chain] = {}
    for task in range(len(tasks.steps)):
        chain = _alone(tasks, index, task)
        before = _waits_for(index, task)
        longer = _join(chains[before], chain) if before in chains else None
        if longer is not None:
            del chains[before]
        chains[task] = longer or chain
    return [
        Group(chain.tasks[0], chain.tasks, chain.allocates, chain.in_place)
        for chain in chains.values()
        if len(chain.tasks) > 1
    ]


def _waits_for(index: Precedence, task: int) -> int:
    """The u of the two rules for ``task`` as w, or -1."""
    direct = index.predecessors[task]
    if not direct:
        return -1
    before = direct.bit_length() - 1
    waiting = index.following[before]
    if direct & ~(index.ancestors[before] | 1 << before) or waiting & ~(index.descendants[task] | 1 << task):
        return -1
    return before


def _alone(tasks: Network, index: Precedence, task: int) -> _Chain:
    before, behind = index.ancestors[task], index.descendants[task]
    fixed = True
    frees = 0
    for number in index.reads[task]:
        value = index.values[number]
        others = value.readers & ~(1 << task)
        if others & behind:
            continue
        if others & ~before:
            fixed = False
        else:
            frees += value.bytes
    saves = may_save = 0
    ways = []
    for (mask, size), way in zip(index.in_place[task], tasks.in_place[task], strict=True):
        if mask & behind:
            continue
        ways.append(way)
        may_save = max(may_save, size)
        if mask & ~before:
            fixed = False
        else:
            saves = max(saves, size)
    allocates = tasks.allocates[task]
    return _Chain(
        (task,),
        allocates,
        tuple(ways),
        allocates - may_save,
        allocates - saves,
        index.leaves[task] - frees,
        fixed,
    )


def _join(first: _Chain, second: _Chain) -> _Chain | None:
    tasks, net = first.tasks + second.tasks, first.net + second.net
    if second.fixed and second.net <= 0 and first.net + second.most <= first.least:
        return _Chain(tasks, first.allocates, first.in_place, first.least, first.most, net, first.fixed)
    if first.fixed and first.net >= 0 and first.most <= first.net + second.least:
        allocates, least, most = (first.net + amount for amount in (second.allocates, second.least, second.most))
        return _Chain(tasks, allocates, second.in_place, least, most, net, second.fixed)
    return None
