"""Exact search for the order with the smallest peak between two downsets, from either end.

Best first over downsets: the state with the smallest peak so far is expanded next, the one with more steps behind it
first among equals, so that the search runs deep at one budget before it pays for a higher one.

Some moves need no branching. Let T be a downset above S that can be reached from S within the budget. If no downset
between S and T has less live memory than T, some best completion of S passes through T. For take any completion and run
T's steps first: live memory is submodular, so after each prefix P it is at most mem(S + P) + mem(T) - mem(T & (S + P)),
and the last difference is not positive. ``_settle`` looks for such T: single steps that do not raise live memory, and
chains of steps each of which becomes ready by the one before.

The step that runs next needs no more than before either: what it can write in place once other readers of its operand
are done, it can with more steps done, too.

All this holds upside down, with the last steps undone first, but for the last point: a step that writes over an operand
needs the operand's other readers in front of it. These are not moved to the end without branching. Steps that gather
results are safe in that direction, steps that consume them in the other; hence both ends are settled first, and the
caller may search from both.
"""

from __future__ import annotations

import heapq
import time
from dataclasses import dataclass

from arenite.ordering.precedence import Precedence, bits

MAX_CHAIN = 16
"""Length of the longest chain of steps that counts as one safe move."""


@dataclass(frozen=True)
class SearchResult:
    """``order`` between the downsets, or None if none with a peak below the ceiling was found; no order there has a
    peak below ``bound``. ``bound`` is the ceiling or the order's peak if the search was exhaustive."""

    order: tuple[int, ...] | None
    bound: int
    exhaustive: bool


@dataclass
class _State:
    done: int
    ready: int
    memory: int
    parent: _State | None
    steps: tuple[int, ...]


class _View:
    """The graph in one direction of time: the set ``done`` grows by steps whose ``before`` (a mask each) is in it.
    ``fixed``: steps that are never moved without branching."""

    def __init__(self, index: Precedence, backward: bool) -> None:
        self.index = index
        self.backward = backward
        self.before = index.following if backward else index.predecessors
        self.behind = index.predecessors if backward else index.following
        self.fixed = _other_readers(index) if backward else 0

    def released(self, done: int, step: int, within: int) -> int:
        """Mask of the steps of ``within`` that ``step``, the latest of ``done``, has made ready."""
        mask = 0
        left = self.behind[step] & within
        while left:
            low = left & -left
            if not self.before[low.bit_length() - 1] & ~done:
                mask |= low
            left ^= low
        return mask

    def ready(self, done: int, within: int) -> int:
        return sum(1 << step for step in bits(within & ~done) if not self.before[step] & ~done)

    def state(self, done: int, within: int) -> _State:
        downset = self.index.steps & ~done if self.backward else done
        return _State(done, self.ready(done, within), self.index.memory(downset), None, ())

    def move(self, done: int, memory: int, step: int) -> tuple[int, int]:
        """Bytes live while ``step`` runs, and live in the state behind it, from a state with ``memory`` live bytes."""
        index = self.index
        if self.backward:
            executed = index.steps & ~(done | 1 << step)
            after = memory - index.leaves[step] + index.freed(executed, step)
            lower = after
        else:
            executed = done
            after = memory + index.leaves[step] - index.freed(done, step)
            lower = memory
        return lower + index.allocated(executed, step) + (0 if executed else index.first_bytes), after


def _other_readers(index: Precedence) -> int:
    """Mask of the steps that must run first if another one is to write over what they read."""
    mask = 0
    for ways in index.in_place:
        for others, _ in ways:
            mask |= others
    return mask


def search(
    index: Precedence,
    lower: int,
    upper: int,
    *,
    budget: int,
    ceiling: int,
    deadline: float,
    states: int,
    backward: bool = False,
) -> SearchResult:
    """Find the order of the steps between ``lower`` and ``upper`` with the smallest peak, if that is < ``ceiling``.

    Peaks up to ``budget`` count as equally good. The search stops at ``deadline`` (time.monotonic) or when it
    holds ``states`` downsets (about 300 bytes each).
    """
    if budget >= ceiling:
        return SearchResult(None, ceiling, True)
    view, opposite = _View(index, backward), _View(index, not backward)
    begin, end = (index.steps & ~upper, index.steps & ~lower) if backward else (lower, upper)
    start = _settle(view, end, budget, view.state(begin, end))
    # In the other direction, "done" is what has not been reached yet: the complements change roles.
    tail = _settle(
        opposite, index.steps & ~start.done, budget, opposite.state(index.steps & ~end, index.steps & ~start.done)
    )
    goal = index.steps & ~tail.done

    best: dict[int, int] = {start.done: budget}
    start.ready &= goal
    heap: list[tuple[int, int, int, _State]] = [(budget, 0, 0, start)]
    count = expanded = 0
    while heap:
        peak, _, _, state = heapq.heappop(heap)
        if best[state.done] < peak:
            continue
        if state.done == goal:
            order = _path(state) + _path(tail)[::-1]
            return SearchResult(order[::-1] if backward else order, peak, True)
        expanded += 1
        if len(best) > states or (expanded % 64 == 0 and time.monotonic() > deadline):
            return SearchResult(None, peak, False)
        best[state.done] = -1
        for step in bits(state.ready):
            transient, _ = view.move(state.done, state.memory, step)
            reached = max(peak, transient)
            if reached >= ceiling:
                continue
            following = _settle(view, goal, reached, _advance(view, goal, state, (step,)))
            if reached < best.get(following.done, ceiling):
                best[following.done] = reached
                count += 1
                heapq.heappush(heap, (reached, -following.done.bit_count(), count, following))
    return SearchResult(None, ceiling, True)


def _path(state: _State) -> tuple[int, ...]:
    parts = []
    at: _State | None = state
    while at is not None:
        parts.append(at.steps)
        at = at.parent
    return tuple(step for part in reversed(parts) for step in part)


def _advance(view: _View, goal: int, state: _State, steps: tuple[int, ...]) -> _State:
    done, ready, memory = state.done, state.ready, state.memory
    for step in steps:
        _, memory = view.move(done, memory, step)
        done |= 1 << step
        ready = ready & ~(1 << step) | view.released(done, step, goal)
    return _State(done, ready, memory, state, steps)


def _settle(view: _View, goal: int, budget: int, state: _State) -> _State:
    """Move on without branching as long as a safe move exists.

    Not backward where some inputs are live during the first step only: which step pays for them depends on the order.
    """
    if view.backward and view.index.first_bytes:
        return state
    taken: list[int] = []
    now = state
    moved = True
    while moved:
        moved = False
        for step in bits(now.ready):
            chain = _safe_chain(view, goal, budget, now, step)
            if chain:
                taken.extend(chain)
                now = _advance(view, goal, now, chain)
                moved = True
                break
    return _State(now.done, now.ready, now.memory, state.parent, state.steps + tuple(taken))


def _safe_chain(view: _View, goal: int, budget: int, state: _State, step: int) -> tuple[int, ...]:
    """The first chain from ``step`` on that ends with no more live memory than ``state`` has, within the budget.

    Every step of it but the first becomes ready by the one before, so its prefixes are the only downsets in between.
    """
    pending: list[tuple[int, int, tuple[int, ...]]] = [(state.done, state.memory, (step,))]
    while pending:
        done, memory, chain = pending.pop()
        if view.fixed >> chain[-1] & 1:
            continue
        transient, memory = view.move(done, memory, chain[-1])
        if transient > budget:
            continue
        if memory <= state.memory:
            return chain
        if len(chain) < MAX_CHAIN:
            done |= 1 << chain[-1]
            released = view.released(done, chain[-1], goal)
            if released:
                pending.extend([(done, memory, (*chain, behind)) for behind in bits(released)])
    return ()
