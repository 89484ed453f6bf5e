"""Tasks joined and modules made chains: the best order stays as good, in every surrounding."""

from __future__ import annotations

import random
import time

import brute_force
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import graphs

from arenite.graph import Buffer, Graph, Step
from arenite.ordering import valleys
from arenite.ordering.chains import join_chains
from arenite.ordering.downset_search import fit
from arenite.ordering.modules import contract
from arenite.ordering.network import Group, Network, masked, network, regrouped, serial_parts, within
from arenite.ordering.orders import order_peak
from arenite.ordering.valleys import linearised
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


def forked_graph(rng: random.Random, steps: int) -> Graph:
    """Nested forks and joins, now and then a read across them; all steps that can may write in place."""
    buffers = [Buffer("in", rng.randint(1, 12))]
    rows: list[Step] = []

    def step(reads: list[int]) -> int:
        buffers.append(Buffer(f"b{len(buffers)}", rng.choice((0, 1, 2, 3, 4, 5, 6, 9, 12))))
        operands = tuple(dict.fromkeys(reads))
        written = len(buffers) - 1
        over = tuple((read, written) for read in operands if buffers[written].bytes <= buffers[read].bytes)
        pairs = tuple(pair for pair in over if rng.random() < 0.5)
        rows.append(Step(f"s{len(rows)}", operands, (written,), (len(rows),), in_place=pairs))
        return written

    def grow(source: int, count: int) -> int:
        while count > 0:
            if count < 3 or rng.random() < 0.3:
                across = [rng.randrange(len(buffers))] if rng.random() < 0.1 else []
                source, count = step([source, *across]), count - 1
                continue
            inner = rng.randint(2, count - 1)
            ways = rng.randint(2, min(4, inner))
            shares = [inner // ways] * (ways - 1) + [inner - inner // ways * (ways - 1)]
            source, count = step([grow(source, share) for share in shares]), count - inner - 1
        return source

    last = grow(0, steps)
    return Graph("forked", tuple(buffers), tuple(rows), (0,), (last,))


@pytest.mark.parametrize("by_cuts", [False, True])
def test_nested_forks_have_the_same_least_peak(by_cuts: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to find the valleys of a module."""
    if by_cuts:
        monkeypatch.setattr(valleys, "QUICK_STATES", 0)
        monkeypatch.setattr(valleys, "MAX_STATES", 0)
    fewer = 0
    for seed in range(300):
        graph = forked_graph(random.Random(seed), 5 + seed % 8)
        tasks = contract(network(graph), time.monotonic() + 60)
        assert least_peak(tasks) == least_peak(network(graph)), seed
        fewer += len(tasks.steps) == 1
    assert fewer > 50


def test_pieces_are_as_good_as_any_order_in_every_surrounding() -> None:
    """A module beside a chain, in one graph: the module's pieces serve as well as its steps."""
    for seed in range(150):
        rng = random.Random(seed)
        inside, beside = forked_graph(rng, 6), forked_graph(rng, 4)
        shift = len(inside.buffers)
        moved = [
            Step(
                f"o{step.name}",
                tuple(read + shift for read in step.reads),
                tuple(written + shift for written in step.writes),
                in_place=tuple((read + shift, written + shift) for read, written in step.in_place),
            )
            for step in beside.steps
        ]
        both = Graph("both", inside.buffers + beside.buffers, (*inside.steps, *moved), (0, shift), ())
        tasks = network(both)
        count = len(inside.steps)
        alone = within(tasks, masked(tasks), 0, (1 << count) - 1)
        chain = linearised(alone, time.monotonic() + 60)
        assert chain is not None
        groups = []
        behind = -1
        for slot, (members, allocates) in enumerate(chain):
            groups.append(Group(slot, alone.order(members), allocates, (), behind))
            behind = groups[-1].tasks[-1]
        assert least_peak(regrouped(tasks, groups)) == least_peak(tasks), seed
