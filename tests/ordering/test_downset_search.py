"""The search for an order within a budget, without the heuristics around it, against every topological order."""

from __future__ import annotations

import time

import brute_force
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import graphs

from arenite.graph import Graph
from arenite.ordering.downset_search import fit
from arenite.ordering.network import precedence
from arenite.validate import validate_schedule


@settings(max_examples=300, deadline=None)
@given(graphs(max_steps=6, min_steps=1), st.booleans())
def test_order_is_found_at_the_optimum(graph: Graph, backward: bool) -> None:
    optimum = brute_force.least_peak(graph)
    found = fit(precedence(graph), optimum, deadline=time.monotonic() + 60, states=9999, backward=backward)
    assert found.exhaustive
    assert found.order is not None
    validate_schedule(graph, found.order)
    assert brute_force.peak(graph, found.order) == optimum


@settings(max_examples=300, deadline=None)
@given(graphs(max_steps=6, min_steps=1), st.booleans(), st.integers(0, 40))
def test_nothing_is_found_below_the_optimum(graph: Graph, backward: bool, budget: int) -> None:
    optimum = brute_force.least_peak(graph)
    budget = min(budget, optimum - 1)
    found = fit(precedence(graph), budget, deadline=time.monotonic() + 60, states=9999, backward=backward)
    assert found.exhaustive
    assert found.order is None
    assert budget < found.bound <= optimum


@settings(max_examples=100, deadline=None)
@given(graphs(max_steps=6, min_steps=1), st.booleans())
def test_cut_short_it_claims_nothing(graph: Graph, backward: bool) -> None:
    optimum = brute_force.least_peak(graph)
    for budget in (optimum - 1, optimum):
        found = fit(precedence(graph), budget, deadline=time.monotonic() + 60, states=1, backward=backward)
        assert (found.order is not None) <= (budget == optimum)
        assert found.bound <= optimum
