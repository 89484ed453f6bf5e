"""Order and layout of a graph in several memory regions: least use of the slowest, then of the next."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from math import lcm
from typing import Literal

from arenite.graph import ArenaPlan, Graph, RegionArena
from arenite.ordering.network import precedence
from arenite.ordering.orders import greedy_orders
from arenite.packing.items import round_up
from arenite.planner import Order, base_alignment, packing_problem, plan_graph
from arenite.progress import Progress, tell
from arenite.regions.check import validate_plan_regions
from arenite.regions.model import Region, RegionLayout, RegionProblem, slowest_first
from arenite.regions.order_bounds import AnyOrder, few_orders
from arenite.regions.place import DoesNotFit, place
from arenite.regions.spill_bound import largest_sum, spill_bound
from arenite.regions.units import units_of
from arenite.schedule import schedule
from arenite.validate import validate_arena_plan

ALL_ORDERS = 24
"""Orders of a graph up to which all are tried, so that what none of them reaches is proven."""
MOVES = 1_000
"""Moves of single steps that are tried."""
MOVED_STEPS = 100_000
"""The product of moves and steps at most: a move takes time in proportion to the steps."""


@dataclass(frozen=True)
class _Placed:
    order: Order
    layout: RegionLayout


def plan_regions(
    graph: Graph,
    regions: Sequence[Region],
    allowed: Sequence[tuple[int, ...]],
    *,
    order: Literal["best", "source"] = "best",
    alignment: int = 16,
    timeout: float = 10.0,
) -> ArenaPlan:
    """Order the steps of ``graph`` and place its buffers in ``regions``, the slowest of which is the last.

    Args:
        allowed: for each buffer the numbers of the regions that it may lie in, ascending.
        order: "source" keeps the order of the file.
        alignment: of each region's arena, at least, and at least that of the elements in it.
        timeout: seconds; when they are over, the best plan so far and bounds that still hold are returned.

    Raises:
        DoesNotFit: no plan within the regions was found.
        InvalidGraph: the graph is not well-formed.
    """
    began = time.monotonic()
    alignment = base_alignment(alignment, graph.buffers)
    regions = tuple(replace(region, alignment=lcm(region.alignment, alignment)) for region in regions)
    whole = plan_graph(graph, order=order, alignment=alignment, timeout=timeout / 2)
    tell(Progress(f"dividing {len(graph.buffers):,} buffers among {len(regions)} regions", limit_seconds=timeout / 2))
    search = _Search(graph, regions, tuple(allowed), whole, began + timeout)
    best, bounds = search.run(order)
    starts = list(accumulate(best.layout.used_bytes, initial=0))
    plan = ArenaPlan(
        graph,
        best.order,
        packing_problem(graph, best.order, alignment),
        tuple(starts[region] + at for region, at in zip(best.layout.region_of, best.layout.offsets, strict=True)),
        starts[-1],
        min(whole.lower_bound_bytes, starts[-1]),
        whole.source_order_bytes,
        time.monotonic() - began,
        tuple(
            RegionArena(region.name, region.bytes or 0, region.base, start, used, bound)
            for region, start, used, bound in zip(regions, starts, best.layout.used_bytes, bounds, strict=False)
        ),
        best.layout.region_of,
    )
    validate_arena_plan(plan)
    validate_plan_regions(plan, allowed)
    return plan


class _Search:
    def __init__(
        self,
        graph: Graph,
        regions: tuple[Region, ...],
        allowed: tuple[tuple[int, ...], ...],
        whole: ArenaPlan,
        deadline: float,
    ) -> None:
        self.graph = graph
        self.regions = regions
        self.allowed = allowed
        self.whole = whole
        self.deadline = deadline
        self.best: _Placed | None = None
        self.proven = False
        self.tried: dict[Order, RegionLayout] = {}
        self.any_order = AnyOrder(graph, regions, allowed)

    def run(self, order: Literal["best", "source"]) -> tuple[_Placed, tuple[int, ...]]:
        """The best order and layout, and for each region a bound that holds for every order."""
        every = few_orders(self.graph, ALL_ORDERS)
        if order == "source" and every != [self.whole.order]:
            impossible = self._try(self.whole.order, self.deadline - time.monotonic())
            if self.best is None:
                raise DoesNotFit(impossible, self.whole.order)
            return self.best, self._bounds(False)
        if every is not None:
            orders: Iterable[Order] = sorted(every, key=lambda one: (one != self.whole.order, one))
            count = len(every)
        else:
            known = list(dict.fromkeys([self.whole.order, *self._others()]))
            known[1:] = sorted(known[1:], key=lambda one: self._spill(one))
            orders, count = known, len(known) + 1
        impossible = True
        complete = every is not None
        for number, one in enumerate(orders):
            left = self.deadline - time.monotonic()
            if number and left <= 0:
                complete = False
                break
            if (
                not complete
                and self.best is not None
                and self._spill(one) > slowest_first(self.best.layout.used_bytes[1:])
            ):
                continue
            share = 1 / max(count - number, 1)
            impossible &= self._try(one, max(left, 0.0) * (share if number or complete else max(share, 0.5)))
            if self.best is not None and not complete and self._is_best():
                break
        if every is None and (self.best is None or not self._is_best()):
            self._move_steps(self.best.order if self.best is not None else self.whole.order)
        if self.best is None:
            raise DoesNotFit((complete and impossible) or self._no_order_fits(), self.whole.order)
        return self.best, self._bounds(complete)

    def _try(self, order: Order, timeout: float) -> bool:
        """Place the buffers under ``order``; whether it is proven that they do not fit."""
        try:
            layout = place(self._stated(order), timeout)
        except DoesNotFit as reason:
            return reason.proven
        self.tried[order] = layout
        if self.best is None or slowest_first(layout.used_bytes) < slowest_first(self.best.layout.used_bytes):
            self.best = _Placed(order, layout)
        return False

    def _stated(self, order: Order) -> RegionProblem:
        return RegionProblem(packing_problem(self.graph, order, 1), self.regions, self.allowed)

    def _others(self) -> Iterator[Order]:
        """Orders by rules of thumb."""
        index = precedence(self.graph)
        yield from greedy_orders(index, 0, index.steps)

    def _spill(self, order: Order) -> tuple[int, ...]:
        """What is needed of each region at least, the slowest first: a quick measure of an order."""
        stated = self._stated(order)
        units = units_of(stated)
        capacities = [region.capacity for region in self.regions]
        known = []
        for target in reversed(range(1, len(self.regions))):
            bound = spill_bound(stated, units, capacities, target)
            known.append(1 << 62 if bound is None else bound)
        return tuple(known)

    def _move_steps(self, order: Order) -> None:
        """Move single steps as long as that needs no more of the slow regions, and place the result."""
        index = precedence(self.graph)
        choose = random.Random(0)
        deadline = time.monotonic() + max(self.deadline - time.monotonic(), 0.0) / 2
        cost, current = self._spill(order), order
        for _ in range(min(MOVES, MOVED_STEPS // max(len(order), 1))):
            if time.monotonic() > deadline:
                break
            at = choose.randrange(len(current))
            step = current[at]
            first, last = at, at
            while first and not index.ancestors[step] >> current[first - 1] & 1:
                first -= 1
            while last + 1 < len(current) and not index.descendants[step] >> current[last + 1] & 1:
                last += 1
            rest = (*current[:at], *current[at + 1 :])
            to = choose.randint(first, last)
            changed = (*rest[:to], step, *rest[to:])
            if changed == current:
                continue
            changed_cost = self._spill(changed)
            if changed_cost <= cost:
                cost, current = changed_cost, changed
        if current not in self.tried:
            self._try(current, max(self.deadline - time.monotonic(), 0.1))

    def _any_order(self, target: int, behind: Sequence[int]) -> int:
        """Bytes of region ``target`` that every order needs if those behind it use no more than ``behind``."""
        capacities: list[int | None] = [region.capacity for region in self.regions]
        capacities[target + 1 :] = behind
        bound = self.any_order.spill(capacities, target)
        others = [capacity for region, capacity in enumerate(capacities) if region != target and capacity is not None]
        if len(others) < len(capacities) - 1:
            return bound
        # Arenas of several regions, put one behind the other, are an arena of one.
        rest = self.whole.lower_bound_bytes - sum(others)
        if rest > 0:
            # When most is live, what is in another region is a sum of some of the buffers.
            sizes = [buffer.bytes for buffer in self.graph.buffers if buffer.bytes]
            rest = max(rest, self.live_bytes - sum(largest_sum(sizes, capacity) for capacity in others))
        return max(bound, round_up(max(rest, 0), self.regions[target].alignment))

    @cached_property
    def live_bytes(self) -> int:
        """Bytes that live at one time at least, in any order."""
        return schedule(self.graph, max((self.deadline - time.monotonic()) / 4, 0.2)).lower_bound_bytes

    def _no_order_fits(self) -> bool:
        capacities = [region.capacity for region in self.regions]
        return any(
            capacity is not None and self._any_order(target, capacities[target + 1 :]) > capacity  # type: ignore[arg-type]
            for target, capacity in enumerate(capacities)
        )

    def _bounds(self, complete: bool) -> tuple[int, ...]:
        """Bounds for every order: from what each needs anyway, or from all orders, if all were tried."""
        assert self.best is not None
        used = self.best.layout.used_bytes
        bounds = [0] * len(used)
        equals = list(self.tried.values())
        for target in reversed(range(len(used))):
            bounds[target] = self._any_order(target, used[target + 1 :])
            if complete and equals:
                bounds[target] = max(bounds[target], min(layout.lower_bound_bytes[target] for layout in equals))
                # An order that is proven to need more here is out of the race; of others nothing is known behind.
                equals = [layout for layout in equals if layout.lower_bound_bytes[target] <= used[target]]
                if any(layout.used_bytes[target] != used[target] for layout in equals):
                    equals = []
        return tuple(min(bound, most) for bound, most in zip(bounds, used, strict=True))

    def _is_best(self) -> bool:
        """Whether no order can use less of the slow regions, or of the first if no other is in use."""
        assert self.best is not None
        used, bounds = self.best.layout.used_bytes, self._bounds(False)
        return used[1:] == bounds[1:] and (any(used[1:]) or used[0] == bounds[0])
