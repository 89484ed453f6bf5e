"""Calls and their phases: what they cost in any order, and that the order found is as good as its bound says."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("tvm.relay", reason="needs a TVM with Relay: make relay-env")

from brute_force import peak, topological_orders
from hypothesis import event, given, settings
from hypothesis import strategies as st
from strategies import graphs

from arenite.allocate import allocate
from arenite.passes.relay.order.call_phases import Call, LoweredGraph, assemble
from arenite.passes.relay.order.function_lives import function_lives
from arenite.passes.relay.order.reorder_schedule import best_order
from arenite.planner import packing_problem
from arenite.relay_compat import tir


def test_a_padded_operator_frees_its_input_before_it_writes_its_output() -> None:
    source = tir.decl_buffer((16,), "int8", "source")
    target = tir.decl_buffer((16,), "int8", "target")
    builder = tir.ir_builder.create()
    read, write = builder.buffer_ptr(source), builder.buffer_ptr(target)
    padded = builder.allocate("int16", (20,), "padded", scope="global")
    small = builder.allocate("int8", (4,), "small", scope="local")
    with builder.for_range(0, 16) as index:
        padded[index] = tir.Cast("int16", read[index])
    small[0] = tir.IntImm("int8", 1)
    with builder.for_range(0, 16) as index:
        write[index] = tir.Cast("int8", padded[index])
    lives = function_lives(tir.PrimFunc([source, target], builder.get()))
    assert lives.parameters == ((0, 0), (2, 2))
    assert [(temporary.bytes, temporary.ticks) for temporary in lives.temporaries] == [(40, (0, 2))]


@st.composite
def some_calls(draw: st.DrawFn) -> tuple[LoweredGraph, list[Call]]:
    """Calls of up to four ticks, in each of which some of their buffers are live, and their graph."""
    graph = draw(graphs(max_steps=5, max_bytes=40, alignments=(1,)))
    calls = []
    for number, step in enumerate(graph.steps):
        ticks = draw(st.integers(1, 4))
        spans = {}
        for buffer in (*step.reads, *step.writes):
            first = draw(st.integers(0, ticks - 1))
            spans[buffer] = first, draw(st.integers(first, ticks - 1))
        calls.append(Call(step.name, step.reads, step.writes, spans, ticks, number))
    buffers = tuple(replace(buffer, alignment=8) for buffer in graph.buffers)
    return assemble(calls, buffers, graph.inputs, graph.outputs, alignment=8, workspace_io=True), calls


def live_bytes(graph: LoweredGraph, calls: list[Call], order: tuple[int, ...]) -> int:
    """The peak, tick by tick: a buffer is live from the tick that first touches it to the one that last does."""
    clock = [(number, tick) for number in order for tick in range(calls[number].ticks)]
    ranges: dict[int, list[int]] = {buffer: [0] for buffer in graph.calls.inputs}
    for moment, (number, tick) in enumerate(clock):
        for buffer, (first, last) in calls[number].spans.items():
            if first <= tick <= last:
                ranges.setdefault(buffer, []).append(moment)
    for buffer in graph.calls.outputs:
        ranges[buffer].append(max(len(clock) - 1, 0))
    return max(
        sum(
            graph.calls.buffers[buffer].bytes
            for buffer, moments in ranges.items()
            if min(moments) <= moment <= max(moments)
        )
        for moment in range(max(len(clock), 1))
    )


@settings(max_examples=150, deadline=None)
@given(some_calls())
def test_phases_cost_what_ticks_do_in_every_order(drawn: tuple[LoweredGraph, list[Call]]) -> None:
    graph, calls = drawn
    # A graph keeps an input that nobody reads for a whole step, even if the step's first tick has room for it.
    all_read = set(graph.calls.inputs) <= {*graph.calls.outputs, *(each for call in calls for each in call.reads)}
    for order in topological_orders(graph.calls):
        counted = peak(graph.phases, graph.phase_order(order))
        assert counted >= live_bytes(graph, calls, order)
        if all_read:
            assert counted == live_bytes(graph, calls, order)


@settings(max_examples=100, deadline=None)
@given(some_calls())
def test_no_order_beats_the_bound(drawn: tuple[LoweredGraph, list[Call]]) -> None:
    graph, _ = drawn
    best, plans, bound = best_order(graph, 5.0)
    source = tuple(range(len(graph.calls.steps)))
    orders = list(topological_orders(graph.calls))
    arenas = [allocate(packing_problem(graph.phases, graph.phase_order(order), 8), 1.0).arena_bytes for order in orders]
    assert best in orders
    assert bound <= min(arenas) <= plans[best].arena_bytes <= plans[source].arena_bytes
    event(f"above the best order by {plans[best].arena_bytes - min(arenas)} bytes")
    if plans[best].arena_bytes == plans[source].arena_bytes:
        assert best == source
