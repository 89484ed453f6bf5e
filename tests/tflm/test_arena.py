"""Lives and bounds against exhaustive search and hand-made cases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from models.writer import ModelWriter
from tflm_models import NAMED, pooled_branches, random_model

from arenite.errors import UnsupportedError
from arenite.frontends.tflite import parse_subgraphs
from arenite.frontends.tflite.tflm import tflm_subgraphs
from arenite.tflm.arena import ONLINE, UNUSED, Requirement, TflmOperator, TflmSubgraph, requirements, source_orders
from arenite.tflm.greedy import greedy_offsets, head_bytes, live_peak
from arenite.tflm.greedy_search import improve, predecessors
from arenite.tflm.ordering import lower_bound, order_subgraphs


def _read(data: bytes) -> tuple[TflmSubgraph, ...]:
    return tflm_subgraphs(parse_subgraphs(data, "m"), data)


def _all_orders(before: list[set[int]]) -> Iterator[tuple[int, ...]]:
    def extend(done: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if len(done) == len(before):
            yield done
        for step in range(len(before)):
            if step not in done and before[step] <= set(done):
                yield from extend((*done, step))

    return extend(())


@pytest.mark.parametrize("seed", range(12))
def test_the_bound_is_the_least_peak_of_all_orders(seed: int) -> None:
    subgraphs = _read(random_model(seed, 7))
    ordered = order_subgraphs(subgraphs, 5)
    orders = list(_all_orders(predecessors(subgraphs[0])))
    peaks = [live_peak(requirements(subgraphs, [order])) for order in orders]
    assert lower_bound(subgraphs, ordered) == min(peaks)
    assert live_peak(requirements(subgraphs, [ordered[0].order])) == min(peaks)


@pytest.mark.parametrize("name", NAMED)
def test_no_order_and_no_layout_is_below_the_bound(name: str) -> None:
    subgraphs = _read(NAMED[name]())
    ordered = order_subgraphs(subgraphs, 5)
    bound = lower_bound(subgraphs, ordered)
    for candidate in (source_orders(subgraphs), [one.order for one in ordered]):
        assert bound <= live_peak(requirements(subgraphs, candidate)) <= head_bytes(requirements(subgraphs, candidate))


@pytest.mark.parametrize("seed", range(8))
def test_the_search_returns_valid_orders_and_their_head(seed: int) -> None:
    subgraphs = _read(random_model(seed, 12))
    start = source_orders(subgraphs)
    orders, head = improve(subgraphs, start, 0, deadline=float("inf"), plans=150)
    assert head == head_bytes(requirements(subgraphs, orders)) <= head_bytes(requirements(subgraphs, start))
    (order,) = orders
    assert sorted(order) == list(start[0])
    before = predecessors(subgraphs[0])
    assert all(before[step] <= set(order[:place]) for place, step in enumerate(order))
    assert improve(subgraphs, start, 0, deadline=float("inf"), plans=150) == (orders, head)


def test_lives_of_a_call() -> None:
    """Times count operators, and one more for entering each subgraph; scratch lives through the calls."""
    caller = TflmOperator("IF #0", (0,), (1,), calls=(1, 2), scratch=(32,))
    reader = TflmOperator("RELU #1", (1,), (2,))
    main = TflmSubgraph("main", (16, 16, 16, 48), frozenset(), (0,), (2,), (caller, reader))
    inner = TflmSubgraph("then", (16, 16), frozenset(), (0,), (1,), (TflmOperator("RELU #0", (0,), (1,)),))
    empty = TflmSubgraph("else", (16,), frozenset(), (0,), (0,), ())
    subgraphs = (main, inner, empty)
    found = requirements(subgraphs, source_orders(subgraphs))
    # 0 enter main; 1 IF; 2 enter then; 3 RELU; 4 enter else; 5 RELU of main.
    lives = [(one.tensor, one.first, one.last) for one in found]
    assert lives == [
        (0, 0, 4), (1, 1, 5), (2, 5, 5), (3, UNUSED, UNUSED), (4, 2, 3), (5, 3, 3), (6, 4, 4), (None, 1, 4)
    ]  # fmt: skip


def test_variables_are_planned_only_at_offsets_of_an_offline_plan() -> None:
    subgraph = TflmSubgraph("main", (16, 16), frozenset({1}), (0,), (0,), (TflmOperator("X #0", (0, 1), ()),))
    assert [one.tensor for one in requirements([subgraph], [(0,)])] == [0]
    assert [one.tensor for one in requirements([subgraph], [(0,)], (0, ONLINE))] == [0]
    assert [one.tensor for one in requirements([subgraph], [(0,)], (0, 16))] == [0, 1]


def test_offline_buffers_come_first_and_keep_their_offsets() -> None:
    buffers = [Requirement(0, 64, 0, 2), Requirement(1, 16, 0, 2, offset=16), Requirement(2, 16, 1, 1)]
    assert greedy_offsets(buffers) == (32, 16, 0)


def test_equal_buffers_are_placed_from_the_last() -> None:
    assert greedy_offsets([Requirement(n, 16, 0, 1) for n in range(3)]) == (32, 16, 0)


def test_endless_calls_are_refused() -> None:
    """Each subgraph calls the next one twice: 2**40 operators on TFLM's time line."""
    twice = tuple(TflmOperator(f"IF #{n}", (), (), calls=(0,)) for n in range(2))

    def one(number: int) -> TflmSubgraph:
        calls = tuple(TflmOperator(step.name, (), (), calls=(number + 1,)) for step in twice) if number < 40 else ()
        return TflmSubgraph(f"s{number}", (), frozenset(), (), (), calls)

    subgraphs = [one(number) for number in range(41)]
    with pytest.raises(UnsupportedError, match="calls"):
        requirements(subgraphs, source_orders(subgraphs))


def test_an_integer_transposed_convolution_asks_for_scratch() -> None:
    w = ModelWriter()
    shape = w.tensor("shape", (4,), "int32", data=[1, 4, 4, 3])
    weights = w.tensor("w", (3, 2, 2, 5), scale=[0.1] * 3, data=[1] * 60)
    x = w.tensor("x", (1, 2, 2, 5), scale=0.5)
    y = w.tensor("y", (1, 4, 4, 3), scale=0.5)
    w.operator("TRANSPOSE_CONV", [shape, weights, x], [y], padding="VALID", stride_h=2, stride_w=2)
    (subgraph,) = _read(w.finish([x], [y]))
    assert subgraph.operators[0].scratch == (4 * 48,)


def test_custom_operators_are_ordered_like_any_other() -> None:
    w = ModelWriter()
    x = w.tensor("x", (1, 8, 8, 2), "float32")
    y = w.tensor("y", (1, 8, 8, 2), "float32")
    w.operator("CUSTOM:mine", [x], [y], custom_options=b"\x01\x02")
    (subgraph,) = _read(w.finish([x], [pooled_branches(w, y, 3)]))
    assert len(subgraph.operators) == 8
    assert subgraph.operators[0].scratch == ()
