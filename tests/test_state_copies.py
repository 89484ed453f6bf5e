"""Operators that read and write states themselves: whatever the order, the sequence of results is TFLite's."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_harness import run_operator
from models import stateful
from models.stateful import StatefulWriter
from oracles import Reference

from arenite.frontends.model import Model, Operator
from arenite.frontends.rewrites.fold_concatenations import fold_concatenations
from arenite.frontends.rewrites.slice_splits import slice_splits
from arenite.frontends.rewrites.state_copies import save_state_copies
from arenite.frontends.state import state_order
from arenite.frontends.tflite import parse_tflite
from arenite.frontends.to_graph import to_graph
from arenite.schedule import schedule

Values = npt.NDArray[np.generic]
SHAPE = (1, 6)


def kinds(model: Model) -> list[str]:
    return [operator.kind for operator in model.operators]


def any_order(model: Model, generator: random.Random) -> list[Operator]:
    """The operators in an order that keeps to tensors and to the order of state."""
    state = set(model.states)
    writers = {index: one.index for one in model.operators for index in one.outputs if index not in state}
    needs = {one.index: {writers[index] for index in one.inputs if index in writers} for one in model.operators}
    for first, second in state_order(model):
        needs[second].add(first)
    left, order = {one.index: one for one in model.operators}, list[Operator]()
    while left:
        ready = [index for index in left if needs[index].isdisjoint(left)]
        order.append(left.pop(generator.choice(ready)))
    return order


def check(data: bytes, model: Model, orders: Sequence[Sequence[Operator]], inferences: int = 4) -> None:
    """Runs the operators in each order, over and over, and compares the model's outputs with the reference."""
    generator = np.random.default_rng(0)
    shape = model.tensors[model.inputs[0]].shape
    inputs = [generator.integers(-128, 128, shape, np.int8) for _ in range(inferences)]
    reference = Reference(data)
    expected = [reference.run([one]) for one in inputs]
    for order in orders:
        values: dict[int, Values] = dict(model.states)
        for one, wanted in zip(inputs, expected, strict=True):
            values[model.inputs[0]] = one
            for operator in order:
                values.update(run_operator(model, operator, values))
            for index in model.outputs:
                np.testing.assert_array_equal(values[index], wanted[index])


ACTIONS = st.lists(
    st.tuples(st.sampled_from(("read", "assign", "add", "multiply")), st.integers(0, 7), st.integers(0, 7)),
    min_size=2,
    max_size=12,
)


@settings(deadline=None, max_examples=12)
@given(ACTIONS, st.integers(0, 1 << 30))
def test_random_programs_on_two_variables(actions: Sequence[tuple[str, int, int]], seed: int) -> None:
    writer = StatefulWriter(SHAPE, {"a": 5, "b": np.arange(6)})
    source = writer.value("source")
    known, results = [source], list[int]()
    for action, first, second in actions:
        one, other = known[first % len(known)], known[second % len(known)]
        if action == "read":
            known.append(writer.read("ab"[first % 2]))
        elif action == "assign":
            writer.assign("ab"[first % 2], other)
        else:
            known.append(writer.apply({"add": "ADD", "multiply": "MUL"}[action], one, other))
            results = [known[-1]] if second % 2 else [*results, known[-1]]
    total = writer.apply("ADD", known[-1], source)
    data = writer.file([source], [*dict.fromkeys(results), total])
    model = parse_tflite(data, "test.tflite")
    saved = save_state_copies(model)
    assert len(saved.operators) <= len(model.operators)
    assert to_graph(saved).state_bytes == to_graph(model).state_bytes == sum(v.nbytes for v in saved.states.values())
    generator = random.Random(seed)
    check(data, saved, [saved.operators, any_order(saved, generator)], inferences=3)


def test_the_planner_keeps_to_the_order_of_state() -> None:
    model = save_state_copies(parse_tflite(stateful.swapped(), "test.tflite"))
    graph = to_graph(model)
    assert graph.after
    order = schedule(graph).order
    check(stateful.swapped(), model, [[model.operators[step] for step in order]])


def test_an_accumulator_needs_no_copy_but_of_its_output() -> None:
    data = stateful.accumulator()
    saved = save_state_copies(parse_tflite(data, "test.tflite"))
    assert kinds(saved) == ["ADD", "ASSIGN_VARIABLE"]  # the sum is an output, too
    check(data, saved, [saved.operators])


def test_a_sum_is_kept_up_in_the_state() -> None:
    data = stateful.accumulated()
    saved = save_state_copies(parse_tflite(data, "test.tflite"))
    assert kinds(saved) == ["ADD", "MUL"]
    assert [buffer.bytes for buffer in to_graph(saved).buffers] == [6, 6]
    check(data, saved, [saved.operators])


def test_what_reads_more_than_it_writes_over_has_its_copy() -> None:
    writer = StatefulWriter((1, 5, 1, 2), {"a": np.arange(10).reshape(1, 5, 1, 2)})
    source = writer.value("source")
    window = {"padding": "SAME", "stride_w": 1, "stride_h": 1, "filter_width": 1, "filter_height": 3}
    writer.assign("a", writer.apply("MAX_POOL_2D", writer.read("a"), **window))
    data = writer.file([source], [writer.apply("ADD", writer.read("a"), source)])
    saved = save_state_copies(parse_tflite(data, "test.tflite"))
    assert kinds(saved) == ["MAX_POOL_2D", "ASSIGN_VARIABLE", "ADD"]
    check(data, saved, [saved.operators])


def test_a_value_is_computed_where_it_is_kept() -> None:
    writer = StatefulWriter(SHAPE, {"a": 5})
    source = writer.value("source")
    old = writer.read("a")
    twice = writer.apply("ADD", source, source)
    result = writer.apply("MUL", old, source)
    writer.assign("a", twice)
    data = writer.file([source], [result, writer.apply("ADD", twice, source)])
    model = parse_tflite(data, "test.tflite")
    # The old value is read behind where the new one is computed.
    assert kinds(save_state_copies(model)) == ["ADD", "MUL", "ASSIGN_VARIABLE", "ADD"]
    check(data, save_state_copies(model), [save_state_copies(model).operators])


def test_a_new_value_goes_straight_into_the_state() -> None:
    writer = StatefulWriter(SHAPE, {"a": 5})
    source = writer.value("source")
    result = writer.apply("MUL", writer.read("a"), source)
    twice = writer.apply("ADD", source, source)
    writer.assign("a", twice)
    data = writer.file([source], [result, writer.apply("ADD", twice, source)])
    saved = save_state_copies(parse_tflite(data, "test.tflite"))
    assert kinds(saved) == ["MUL", "ADD", "ADD"]
    (state,) = saved.states
    assert saved.operators[1].outputs == (state,)
    assert to_graph(saved).after == ((0, 1), (1, 2))
    check(data, saved, [saved.operators])


def test_a_state_assigned_to_itself_is_copied() -> None:
    writer = StatefulWriter(SHAPE, {"a": np.arange(6)})
    source = writer.value("source")
    old = writer.read("a")
    writer.assign("a", old)
    data = writer.file([source], [writer.apply("ADD", old, source)])
    saved = save_state_copies(parse_tflite(data, "test.tflite"))
    check(data, saved, [saved.operators])


def window(rows: int, begin: int, *, axis: int = 1, kind: str = "STRIDED_SLICE") -> bytes:
    """The last rows of all inputs so far, and what a matrix makes of them. ``kind``: what takes those that stay."""
    shape = (1, rows, 1, 3) if axis == 1 else (1, 2, rows, 3)
    one = tuple(1 if place == axis else extent for place, extent in enumerate(shape))
    left = tuple(rows - begin if place == axis else extent for place, extent in enumerate(shape))
    writer = StatefulWriter(shape, {"window": 9}, zero_point=0)
    source = writer.value("source", one)
    old = writer.read("window")
    first, end, strides, size = [writer.tensor(name, (4,), "int32", data=data) for name, data in (
        ("begin", [begin if place == axis else 0 for place in range(4)]),
        ("end", [0, 0, 0, 0]),
        ("strides", [1, 1, 1, 1]),
        ("size", [-1, -1, -1, -1]),
    )]  # fmt: skip
    if kind == "SPLIT_V":
        gone = writer.value("gone", tuple(begin if place == axis else n for place, n in enumerate(shape)))
        rest = writer.value("rest", left)
        sizes = writer.tensor("sizes", (2,), "int32", data=[begin, rows - begin])
        along = writer.tensor("along", (), "int32", data=axis)
        writer.operator("SPLIT_V", [old, sizes, along], [gone, rest], num_splits=2)
    elif kind == "SLICE":
        rest = writer.apply("SLICE", old, first, size, shape=left)
    else:
        masks = {"begin_mask": 15 - (1 << axis), "end_mask": 15}
        rest = writer.apply("STRIDED_SLICE", old, first, end, strides, shape=left, **masks)
    new = writer.apply("CONCATENATION", rest, *[source] * begin, shape=shape, axis=axis)
    writer.assign("window", new)
    elements = int(np.prod(shape))
    flat = writer.apply("RESHAPE", new, writer.tensor("flat", (2,), "int32", data=[1, elements]), shape=(1, elements))
    weights = np.arange(2 * elements).reshape(2, elements) % 19 - 9
    filters = writer.tensor("weights", (2, elements), "int8", scale=0.1, data=weights)
    bias = writer.tensor("bias", (2,), "int32", scale=0.005, data=[3, -4])
    return writer.file([source], [writer.apply("FULLY_CONNECTED", flat, filters, bias, shape=(1, 2))])


def test_a_window_is_moved_on_where_it_is() -> None:
    for rows, begin, kind in (
        (5, 1, "STRIDED_SLICE"), (5, 2, "STRIDED_SLICE"), (2, 1, "STRIDED_SLICE"), (5, 2, "SLICE"), (5, 2, "SPLIT_V"),
    ):  # fmt: skip
        data = window(rows, begin, kind=kind)
        saved = save_state_copies(slice_splits(parse_tflite(data, "test.tflite")))
        assert kinds(saved) == ["SHIFT", "FULLY_CONNECTED"]
        assert [buffer.bytes for buffer in to_graph(saved).buffers] == [3, 2]
        check(data, saved, [saved.operators], inferences=rows + 2)


def test_a_concatenation_that_computes_an_operand_reads_the_state() -> None:
    data = stateful.streamed()
    model = fold_concatenations(parse_tflite(data, "test.tflite"))
    assert kinds(model) == ["READ_VARIABLE", "CONCATENATION", "SLICE", "ASSIGN_VARIABLE", "AVERAGE_POOL_2D"]
    saved = save_state_copies(model)
    assert kinds(saved) == ["CONCATENATION", "SLICE", "AVERAGE_POOL_2D"]
    check(data, saved, [saved.operators], inferences=7)


def test_windows_that_are_not_at_the_end_are_copied() -> None:
    data = window(4, 1, axis=2)
    saved = save_state_copies(fold_concatenations(parse_tflite(data, "test.tflite")))
    assert kinds(saved) == ["STRIDED_SLICE", "CONCATENATION", "FULLY_CONNECTED"]
    check(data, saved, [saved.operators], inferences=6)
