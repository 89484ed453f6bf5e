"""Exact search for an order within a budget of bytes, over downsets, from either end.

Some moves need no branching. Let T be a downset above S that can be reached from S within the budget. If no downset
between S and T has less live memory than T, some best completion of S passes through T. For take any completion and run
T's steps first: live memory is submodular, so after each prefix P it is at most mem(S + P) + mem(T) - mem(T & (S + P)),
and the last difference is not positive. ``_settle`` looks for such T: single steps that do not raise live memory, and
chains of steps each of which becomes ready by the one before.

The step that runs next needs no more than before either: what it can write in place once other readers of its operand
are done, it can with more steps done, too. All this holds upside down, with the last steps undone first. There a step v
of the rest may come to run with fewer steps done: after P & T in place of P, for the last steps undone are all but T.
If it wrote over an operand r and no longer can, another reader of r is in P and not in T. Then r is live after T, not
after P + T, and the inequality of submodularity holds with at least the bytes of r to spare: more than v could save.

Steps that gather results are safe in one direction, steps that consume them in the other; hence both ends are settled
first, and the caller may search from both.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from arenite.ordering.orders import order_peak
from arenite.ordering.precedence import Precedence, bits

MAX_CHAIN = 16
"""Length of the longest chain of steps that counts as one safe move."""
MAX_CHAINS = 64
"""How many chains that begin with one step are tried."""
UNLIMITED = 1 << 62


@dataclass(frozen=True)
class Fit:
    """``order``: within the budget, or None if the search found none; ``exhaustive``: then there is none, and no order
    has a peak below ``bound``, which is larger than the budget."""

    order: tuple[int, ...] | None
    bound: int
    exhaustive: bool


@dataclass(frozen=True)
class State:
    """The steps in ``done``; those that may come next; live bytes; and how the search got here."""

    done: int
    ready: int
    memory: int
    parent: State | None = None
    steps: tuple[int, ...] = ()

    def path(self) -> tuple[int, ...]:
        """All steps from the first state to this one."""
        parts = []
        at: State | None = self
        while at is not None:
            parts.append(at.steps)
            at = at.parent
        return tuple(step for part in reversed(parts) for step in part)


class View:
    """The graph in one direction of time: ``done`` grows by steps whose ``before`` (a mask each) is in it.

    ``exceeded``: the fewest bytes for which a move was too large so far.
    """

    def __init__(self, index: Precedence, *, backward: bool) -> None:
        self.index = index
        self.backward = backward
        self.before = index.following if backward else index.predecessors
        self.behind = index.predecessors if backward else index.following
        self.exceeded = UNLIMITED

    def released(self, done: int, step: int, goal: int) -> int:
        """Mask of the steps of ``goal`` that ``step``, the latest of ``done``, has made ready."""
        mask = 0
        left = self.behind[step] & goal
        while left:
            low = left & -left
            if not self.before[low.bit_length() - 1] & ~done:
                mask |= low
            left ^= low
        return mask

    def state(self, done: int, goal: int) -> State:
        ready = sum(1 << step for step in bits(goal & ~done) if not self.before[step] & ~done)
        return State(done, ready, self.index.memory(self.index.steps & ~done if self.backward else done))

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

    def advance(self, state: State, steps: tuple[int, ...], goal: int) -> State:
        done, ready, memory = state.done, state.ready, state.memory
        for step in steps:
            _, memory = self.move(done, memory, step)
            done |= 1 << step
            ready = ready & ~(1 << step) | self.released(done, step, goal)
        return State(done, ready, memory, state, steps)

    def affected(self, done: int, step: int) -> int:
        """Mask of the steps from which a safe move may lead once ``step`` is the latest of ``done``: what it has made
        ready, and what competes with it for freeing a value, or for being free to overwrite it; and what comes before
        these."""
        index = self.index
        mask = self.behind[step] & ~done
        for read in index.reads[step]:
            readers = index.values[read].readers
            left = readers & ~done
            if self.backward:
                if readers & done == 1 << step:
                    mask |= left
            elif not left & (left - 1):
                mask |= left
        closure = index.descendants if self.backward else index.ancestors
        for other in bits(mask):
            mask |= closure[other]
        return mask

    def settle(self, state: State, goal: int, budget: int, *, checked: int | None = None) -> State:
        """Move on without branching as long as a safe move exists.

        ``checked``: the state before had that many live bytes, and no safe move. Not backward where some inputs are
        live during the first step only: which step pays for them depends on the order.
        """
        if self.backward and self.index.first_bytes:
            return state
        taken: list[int] = []
        now = state
        if checked is None:
            floor, suspects = state.memory, state.ready
        else:
            floor, suspects = checked, self.affected(state.done, state.steps[-1])
        while True:
            # What was no safe move with fewer live bytes is none with more.
            if now.memory < floor:
                floor, suspects = now.memory, now.ready
            suspects &= now.ready
            if not suspects:
                break
            step = (suspects & -suspects).bit_length() - 1
            suspects &= suspects - 1
            chain = self._safe_chain(now, step, goal, budget)
            if chain:
                taken.extend(chain)
                done = now.done
                now = self.advance(now, chain, goal)
                for moved in chain:
                    done |= 1 << moved
                    suspects |= self.affected(done, moved)
        return State(now.done, now.ready, now.memory, state.parent, state.steps + tuple(taken)) if taken else state

    def _safe_chain(self, state: State, step: int, goal: int, budget: int) -> tuple[int, ...]:
        """The first chain from ``step`` on that ends with no more live memory than ``state`` has, within the budget.

        Every step of it but the first becomes ready by the one before, so its prefixes are the only downsets between.
        """
        pending: list[tuple[int, int, tuple[int, ...]]] = [(state.done, state.memory, (step,))]
        tried = 0
        while pending and tried < MAX_CHAINS:
            tried += 1
            done, memory, chain = pending.pop()
            transient, memory = self.move(done, memory, chain[-1])
            if transient > budget:
                self.exceeded = min(self.exceeded, transient)
                continue
            if memory <= state.memory:
                return chain
            if len(chain) < MAX_CHAIN:
                done |= 1 << chain[-1]
                released = self.released(done, chain[-1], goal)
                if released:
                    pending.extend([(done, memory, (*chain, behind)) for behind in bits(released)])
        return ()


def fit(index: Precedence, budget: int, *, deadline: float, states: int, backward: bool = False) -> Fit:
    """Find an order of all steps with a peak of at most ``budget`` bytes.

    Depth first, the state with the least live memory next. The search stops at ``deadline`` (time.monotonic) or when it
    holds ``states`` downsets (about 300 bytes each).
    """
    view, opposite = View(index, backward=backward), View(index, backward=not backward)
    start = view.settle(view.state(0, index.steps), index.steps, budget)
    # In the other direction, "done" is what has not been reached yet: the complements change roles.
    beyond = index.steps & ~start.done
    tail = opposite.settle(opposite.state(0, beyond), beyond, budget)
    goal = index.steps & ~tail.done

    begin = State(start.done, start.ready & goal, start.memory, None, start.steps)
    seen = {begin.done}
    pending = [begin]
    while pending:
        state = pending.pop()
        if state.done == goal:
            order = state.path() + tail.path()[::-1]
            return Fit(order[::-1] if backward else order, budget, True)
        branches = []
        for step in bits(state.ready):
            if len(seen) > states or time.monotonic() > deadline:
                return Fit(None, budget, False)
            transient, _ = view.move(state.done, state.memory, step)
            if transient > budget:
                view.exceeded = min(view.exceeded, transient)
                continue
            reached = state.done | 1 << step
            if reached in seen:
                continue
            following = view.settle(view.advance(state, (step,), goal), goal, budget, checked=state.memory)
            if following.done == reached or following.done not in seen:
                seen |= {reached, following.done}
                branches.append(following)
        branches.sort(key=lambda branch: (-branch.memory, branch.done.bit_count()))
        pending.extend(branches)
    # With a little more, every move would have been judged the same.
    return Fit(None, max(budget + 1, min(view.exceeded, opposite.exceeded)), True)


@dataclass(frozen=True)
class Found:
    """``order``: better than what was known, or None; ``peak``: of the best order now; ``bound``: of every order."""

    order: tuple[int, ...] | None
    peak: int
    bound: int


def search(index: Precedence, bound: int, peak: int, *, states: int, deadline: float, backward: bool = False) -> Found:
    """Find the least peak by bisection between ``bound`` and the ``peak`` of a known order, from both ends in turn,
    ``backward`` first or last; ``states`` for each search. Where they do not suffice, ``bound`` remains below ``peak``.
    """
    best: tuple[int, ...] | None = None
    unit = _unit(index)
    budget = unknown = bound = -(-bound // unit) * unit
    while max(bound, unknown) < peak and time.monotonic() < deadline:
        found = fit(index, budget, deadline=deadline, states=states, backward=backward)
        if not found.exhaustive:
            found = fit(index, budget, deadline=deadline, states=states, backward=not backward)
            # Where one end is the easier one, it is so for other budgets, too.
            backward ^= found.exhaustive
        if found.order is not None:
            best, peak = found.order, order_peak(index, 0, found.order)[0]
        elif found.exhaustive:
            bound = max(bound, -(-found.bound // unit) * unit)
        unknown = max(unknown, bound if found.exhaustive else budget + unit)
        budget = (unknown + peak) // 2 // unit * unit
    return Found(best, peak, min(bound, peak))


def _unit(index: Precedence) -> int:
    """A number of bytes of which all that may be live is a multiple."""
    sizes = [value.bytes for value in index.values]
    saved = [size for ways in index.in_place for _, size in ways]
    return math.gcd(*sizes, *saved, *index.allocates, index.first_bytes) or 1
