"""Networks of the size of searched ones: solved exactly, or within the time limit with an order and a bound."""

from __future__ import annotations

import random
import time

import pytest
from random_graphs import deep_graph
from synthetic_graphs import FAMILIES

from arenite.ordering.downset_search import search
from arenite.ordering.modules import contract
from arenite.ordering.network import masked, network
from arenite.ordering.orders import order_peak
from arenite.schedule import peak_bytes, schedule
from arenite.validate import validate_graph, validate_schedule

PROVED = [family for family in FAMILIES if family not in ("random_dag", "branches")]


@pytest.mark.parametrize("family", PROVED)
def test_networks_of_hundreds_of_steps_are_proved(family: str) -> None:
    graph = FAMILIES[family](300)
    validate_graph(graph)
    found = schedule(graph, 60)
    validate_schedule(graph, found.order)
    assert found.peak_bytes == peak_bytes(graph, found.order)
    assert found.optimal


@pytest.mark.parametrize(("family", "steps"), [("branches", 60), ("branches", 1000), ("random_dag", 600)])
def test_time_limit_is_kept_where_nothing_can_be_proved(family: str, steps: int) -> None:
    graph = FAMILIES[family](steps)
    began = time.monotonic()
    found = schedule(graph, 2.0)
    assert time.monotonic() - began < 2.0 * 1.1 + 1.0
    validate_schedule(graph, found.order)
    assert found.lower_bound_bytes <= found.peak_bytes <= peak_bytes(graph, tuple(range(len(graph.steps))))


@pytest.mark.parametrize("seed", range(20))
def test_contraction_against_plain_search(seed: int) -> None:
    """Forks and joins of some forty steps, where enumeration ends no more."""
    graph = FAMILIES["series_parallel"](30 + seed)
    plain = masked(network(graph))
    peak = order_peak(plain, 0, tuple(range(len(graph.steps))))[0]
    without = search(plain, 0, peak, states=200_000, deadline=time.monotonic() + 20)
    assert without.peak == without.bound
    tasks = contract(network(graph), time.monotonic() + 60)
    assert len(tasks.steps) < len(graph.steps)
    index = masked(tasks)
    peak = order_peak(index, 0, tuple(range(len(tasks.steps))))[0]
    assert search(index, 0, peak, states=200_000, deadline=time.monotonic() + 20).peak == without.peak


def test_same_network_same_order() -> None:
    for family in ("watts_strogatz", "series_parallel", "nasnet"):
        assert schedule(FAMILIES[family](150), 60) == schedule(FAMILIES[family](150), 60)


def test_bound_never_exceeds_what_random_orders_need() -> None:
    rng = random.Random(8)
    for _ in range(10):
        graph = deep_graph(rng, 60, orders=None, reach=10, largest=50)
        bound = schedule(graph, 0.5).lower_bound_bytes
        index = masked(network(graph))
        for _ in range(20):
            ready, order, done = index.ready(0, index.steps), [], 0
            while ready:
                step = rng.choice([task for task in range(60) if ready >> task & 1])
                order.append(step)
                done |= 1 << step
                ready = index.ready(done, index.steps)
            assert bound <= peak_bytes(graph, tuple(order))
