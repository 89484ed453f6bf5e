"""Tasks joined and modules made chains: the best order stays as good, in every surrounding."""

from __future__ import annotations

import random
import time

import brute_force
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import graphs
from synthetic_graphs import FAMILIES

from arenite.graph import Graph
from arenite.ordering import modules
from arenite.ordering.chains import join_chains
from arenite.ordering.downset_search import fit
from arenite.ordering.modules import contract, linearised
from arenite.ordering.network import Network, masked, network, serial_parts
from arenite.ordering.orders import order_peak
from arenite.validate import validate_schedule


def least_peak(tasks: Network) -> int:
    """By dynamic programming over all downsets."""
    index = masked(tasks)
    best = {0: 0}
    for _ in tasks.steps:
        following: dict[int, int] = {}
        for downset, peak in best.items():
            for task, before in enumerate(index.predecessors):
                if not downset >> task & 1 and not before & ~downset:
                    reached = max(peak, index.transient(downset, task))
                    grown = downset | 1 << task
                    following[grown] = min(following.get(grown, reached), reached)
        best = following
    return best[index.steps]


@settings(max_examples=200, deadline=None)
@given(graphs(max_steps=6, min_steps=1))
def test_network_has_the_peaks_of_the_graph(graph: Graph) -> None:
    tasks = network(graph)
    assert least_peak(tasks) == brute_force.least_peak(graph)
    for order in brute_force.topological_orders(graph):
        assert order_peak(masked(tasks), 0, order)[0] == brute_force.peak(graph, order)


@settings(max_examples=200, deadline=None)
@given(graphs(max_steps=6, min_steps=1))
def test_parts_in_series_are_the_whole(graph: Graph) -> None:
    parts = serial_parts(network(graph))
    assert [step for part in parts for task in part.steps for step in task] == list(range(len(graph.steps)))
    assert max(map(least_peak, parts)) == brute_force.least_peak(graph)


@settings(max_examples=500, deadline=None)
@given(graphs(max_steps=7, min_steps=1), st.sampled_from((join_chains, lambda tasks: contract(tasks, 1e18))))
def test_fewer_tasks_have_the_same_least_peak(graph: Graph, reduce) -> None:  # type: ignore[no-untyped-def]
    tasks = reduce(network(graph))
    assert sorted(tasks.order(range(len(tasks.steps)))) == list(range(len(graph.steps)))
    optimum = least_peak(network(graph))
    assert least_peak(tasks) == optimum
    index = masked(tasks)
    found = fit(index, least_peak(tasks), deadline=time.monotonic() + 60, states=9999)
    assert found.order is not None
    order = tasks.order(found.order)
    validate_schedule(graph, order)
    assert brute_force.peak(graph, order) == optimum
