"""Writing in place in the search for an order, against all orders and all choices of pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("tvm.relay", reason="needs a TVM with Relay: make relay-env")

from arenite.graph import Buffer
from arenite.passes.relay.order.call_phases import Call, LoweredGraph, assemble
from arenite.passes.relay.order.merge_operands import merged_operands
from arenite.schedule import peak_bytes, schedule

Order = tuple[int, ...]


@st.composite
def networks(draw: st.DrawFn) -> tuple[list[Call], list[Buffer]]:
    """Up to six calls; buffer 0 is the input, each call writes one more, perhaps over one it reads."""
    sizes = [draw(st.integers(1, 4))]
    calls: list[Call] = []
    for number in range(draw(st.integers(2, 6))):
        reads = draw(st.lists(st.integers(0, number), min_size=1, max_size=2, unique=True))
        alike = [buffer for buffer in reads if draw(st.booleans())]
        sizes.append(sizes[alike[0]] if alike else draw(st.integers(1, 4)))
        pairs = tuple((buffer, number + 1) for buffer in alike if sizes[buffer] == sizes[number + 1])
        spans = dict.fromkeys([*reads, number + 1], (0, 0))
        operands = (*reads, number + 1)
        calls.append(Call(f"f{number}", tuple(sorted(reads)), (number + 1,), spans, 1, number, operands, pairs))
    return calls, [Buffer(f"b{index}", size) for index, size in enumerate(sizes)]


def ports(calls: Sequence[Call]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    read = {buffer for call in calls for buffer in call.reads}
    return (0,), tuple(buffer for buffer in range(len(calls) + 1) if buffer not in read)


def merged(calls: list[Call], buffers: list[Buffer], *, only_readers: bool) -> LoweredGraph:
    inputs, outputs = ports(calls)
    new_calls, roots = merged_operands(calls, inputs, outputs, only_readers=only_readers)
    sizes = [Buffer(buffer.name, 0 if index in roots else buffer.bytes) for index, buffer in enumerate(buffers)]
    ends = tuple(sorted({roots.get(buffer, buffer) for buffer in outputs}))
    return assemble(new_calls, tuple(sizes), (*inputs, *roots), ends, alignment=1, workspace_io=True)


def orders(calls: Sequence[Call]) -> Iterator[Order]:
    def extend(done: Order) -> Iterator[Order]:
        if len(done) == len(calls):
            yield done
        for number, call in enumerate(calls):
            ready = all(buffer == 0 or buffer - 1 in done for buffer in call.reads)
            if number not in done and ready:
                yield from extend((*done, number))

    return extend(())


def true_peak(calls: Sequence[Call], buffers: Sequence[Buffer], order: Order) -> int:
    """The least peak of ``order`` over all choices of pairs whose operand is dead after the call."""
    inputs, outputs = ports(calls)
    last = {buffer: position for position, number in enumerate(order) for buffer in calls[number].reads}
    possible = [
        (position, source)
        for position, number in enumerate(order)
        for source, _ in calls[number].in_place
        if last[source] == position and source not in (*inputs, *outputs)
    ]
    best = 1 << 60
    for chosen in chain.from_iterable(combinations(possible, count) for count in range(len(possible) + 1)):
        saved = dict(chosen)
        if len(saved) < len(chosen):
            continue
        peak = 0
        for position in range(len(order)):
            live = {0} if 0 not in last or last[0] >= position or 0 in outputs else set()
            for before in range(position + 1):
                buffer = order[before] + 1
                if buffer in outputs or last.get(buffer, before) >= position:
                    live.add(buffer)
            total = sum(buffers[buffer].bytes for buffer in live)
            peak = max(peak, total - (buffers[saved[position]].bytes if position in saved else 0))
        best = min(best, peak)
    return best


@settings(max_examples=150, deadline=None)
@given(networks())
def test_bound_and_order(network: tuple[list[Call], list[Buffer]]) -> None:
    calls, buffers = network
    truth = {order: true_peak(calls, buffers, order) for order in orders(calls)}
    least = min(truth.values())
    assert schedule(merged(calls, buffers, only_readers=False).calls).lower_bound_bytes <= least
    strict = merged(calls, buffers, only_readers=True)
    found = schedule(strict.calls)
    assert found.order in truth
    assert found.peak_bytes >= truth[found.order]
    if all(len([1 for call in calls if buffer in call.reads]) == 1 for call in calls for buffer, _ in call.in_place):
        # Every pair can be used in every order: nothing is given away.
        assert found.peak_bytes == least


def test_peak_counts_a_merged_pair_once() -> None:
    spans = {0: (0, 0), 1: (0, 0)}
    first = Call("conv", (0,), (1,), spans, 1, 0, (0, 1))
    second = Call("relu", (1,), (2,), {1: (0, 0), 2: (0, 0)}, 1, 1, (1, 2), ((1, 2),))
    graph = merged([first, second], [Buffer("x", 1), Buffer("a", 8), Buffer("b", 8)], only_readers=True)
    assert peak_bytes(graph.calls, (0, 1)) == 9
