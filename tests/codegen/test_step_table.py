"""The table of steps of rows, read again as the generated C reads it, says exactly what the steps do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from image_nets import ImageNet
from row_cases import REQUESTS, check, expected_of, pyramid

from arenite.codegen.driver import compile_program
from arenite.codegen.program import (
    AnyArgument,
    ArenaArgument,
    Argument,
    FunctionCall,
    Place,
    ProgramStep,
    StepOutput,
    TapsArgument,
)
from arenite.codegen.row_places import NOWHERE, Taps, runs
from arenite.codegen.step_table import Call, Column, Constant, Operator, StepTable, WindowPart, step_table

LARGEST = {"uint8_t": (1 << 8) - 1, "uint16_t": (1 << 16) - 1, "int32_t": (1 << 31) - 1}
Plain = tuple[object, ...]
"""A call without dataclasses: its function, and of each argument what C sees."""


def place_at(offset: int) -> Place:
    return Place(offset, 4, "int8", (4,))


def plain(call: FunctionCall) -> Plain:
    return call.function, *(plain_argument(argument) for argument in call.arguments)


def plain_argument(argument: object) -> object:
    if isinstance(argument, TapsArgument):
        return tuple(row.offset for row in argument.rows)
    if isinstance(argument, Argument) and argument.constant is not None:
        return argument.type, argument.constant, argument.element
    if isinstance(argument, Argument):
        return argument.type, None if argument.place is None else argument.place.offset
    return argument


def wanted(steps: Sequence[ProgramStep]) -> list[Plain]:
    """What happens, in order. The place of a row that is handed in stands for its copy."""
    found: list[Plain] = []
    for step in steps:
        found += [("push", step.outputs[0].place.offset)] if step.pushed is not None else map(plain, step.calls)
    return found


def decoded(table: StepTable) -> list[Plain]:
    calls = {call.number: call for call in table.calls}
    assert len(calls) == len(table.calls)
    assert not {table.push, table.end} & calls.keys()
    found: list[Plain] = []
    for number, row in table.entries:
        operator = table.operators[number] if number < len(table.operators) else None
        if number == table.push:
            found.append(("push", table.places[table.pushed + row]))
            continue
        call = calls[number if operator is None else operator.call]
        assert call.shared == (operator is not None)
        found.append((call.function, *(decoded_argument(table, call, operator, row, one) for one in call.arguments)))
    return found


def decoded_argument(table: StepTable, call: Call, operator: Operator | None, row: int, argument: object) -> object:
    if isinstance(argument, WindowPart):
        if operator is None:
            assert call.windows is not None
            start, first, last = call.windows.start, call.windows.first, call.windows.last
            stride, taps = call.windows.stride, call.windows.taps
        else:
            assert call.slot is not None
            start, first, last = operator.positions[call.slot : call.slot + 3]
            stride, taps = operator.stride, operator.taps
        window = start + stride * row
        k0 = first - window if first > window else 0
        k1 = last - window if window + taps > last else taps
        assert window >= 0
        return {"k0": k0, "k1": k1, "taps": tuple(table.places[window + k] for k in range(k0, k1))}[argument.name]
    if isinstance(argument, Constant):
        assert operator is not None
        return plain_argument(operator.constants[argument.slot])
    if not isinstance(argument, Column):
        return plain_argument(argument)
    word = table.places[(argument.at if operator is None else operator.positions[argument.at]) + row]
    if argument.kind == "number":
        return word
    if argument.kind == "element":
        if operator is None:
            return argument.type, argument.constant, word
        assert isinstance(argument.constant, int)
        constant = operator.constants[argument.constant]
        assert constant.element == 0
        return argument.type, constant.constant, word
    assert argument.kind == "maybe" or word != NOWHERE
    return argument.type, None if word == NOWHERE else word


def check_table(steps: Sequence[ProgramStep]) -> StepTable:
    table = step_table(steps)
    assert decoded(table) == wanted(steps)
    largest = LARGEST[table.number_type]
    assert all(0 <= value <= largest for entry in table.entries for value in entry)
    assert max(table.end, *(call.number for call in table.calls), 0) <= largest
    for operator in table.operators:
        assert all(0 <= position <= LARGEST[table.position_type] for position in operator.positions)
        assert 0 <= max(operator.stride, operator.taps) <= LARGEST[table.tap_type]
        assert len(operator.positions) <= table.positions
        assert len(operator.constants) <= table.constants
    return table


def arena(at: int | None) -> Argument:
    return Argument("int8_t", None, None if at is None else place_at(at))


def constant(name: str, element: int = 0) -> Argument:
    return Argument("layer_type", name, None, element)


def step(name: str, *calls: FunctionCall, pushed: int | None = None, at: int = 0) -> ProgramStep:
    return ProgramStep(name, name, calls, (StepOutput(0, place_at(at)),), False, pushed)


def window_call(function: str, layer: str, k0: int, offsets: Sequence[int], out: int) -> FunctionCall:
    taps = TapsArgument(k0, tuple(map(place_at, offsets)))
    arguments = (constant(layer), ArenaArgument("int8_t"), 0, taps, k0, k0 + len(offsets), arena(out))
    return FunctionCall(function, arguments)


def convolution(
    name: str, places: Sequence[int], outs: Sequence[int], kernel: int, stride: int, pad: int, dilation: int = 1
) -> list[ProgramStep]:
    """The steps of a convolution over rows at ``places``, each the window of one output row."""
    steps = []
    for y, out in enumerate(outs):
        rows = [(k, y * stride - pad + k * dilation) for k in range(kernel)]
        inside = [(k, row) for k, row in rows if 0 <= row < len(places)]
        k0 = inside[0][0] if inside else 0
        steps.append(step(name, window_call("convolve", name, k0, [places[row] for _, row in inside], out)))
    return steps


@pytest.mark.parametrize("kind", ["row", "streamed"])
@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_real_steps(dtype: str, kind: str) -> None:
    program, _ = compile_program(pyramid(dtype)[1], rows=REQUESTS[kind])
    assert program.rows
    check_table(program.steps)


ROWS = st.lists(st.integers(0, 40).map(lambda place: 16 * place), min_size=1, max_size=12)


@given(
    places=ROWS,
    outs=ROWS,
    kernel=st.integers(1, 9),
    stride=st.integers(1, 11),
    pad=st.integers(0, 4),
    dilation=st.integers(1, 3),
    twice=st.booleans(),
)
@example(places=[0, 16, 32, 0, 16, 32], outs=[0] * 6, kernel=3, stride=1, pad=2, dilation=2, twice=True)
@example(places=[16], outs=[32, 48, 64], kernel=1, stride=1, pad=1, dilation=1, twice=False)
def test_windows(
    places: list[int], outs: list[int], kernel: int, stride: int, pad: int, dilation: int, twice: bool
) -> None:
    """Also those of which no row lies in the operand, and such as read the same rows as others."""
    steps = convolution("a", places, outs, kernel, stride, pad, dilation)
    if twice:
        steps += convolution("b", places, outs[::-1], kernel, 1, pad, dilation)
    check_table(steps)


@given(st.lists(st.tuples(st.integers(0, 3), st.lists(st.integers(0, 5), max_size=4)), min_size=1, max_size=12))
def test_windows_of_any_kind(windows: list[tuple[int, list[int]]]) -> None:
    """Even if they are none of a convolution's."""
    check_table([step("a", window_call("f", "a", k0, rows, 0)) for k0, rows in windows])
    given_ = [Taps(k0, tuple(rows)) for k0, rows in windows]
    found = runs(given_)
    assert [window for run in found for window in run.windows] == given_
    assert all(run.ways for run in found)


ARGUMENTS: dict[str, st.SearchStrategy[AnyArgument]] = {
    "place": st.integers(0, 6).map(arena),
    "maybe": st.one_of(st.none(), st.integers(0, 6)).map(arena),
    "element": st.integers(0, 3).map(lambda element: constant("rows", element)),
    "layer": st.sampled_from("xyz").map(constant),
    "number": st.integers(-(1 << 31), (1 << 31) - 1),
    "small": st.integers(0, 1),
    "base": st.just(ArenaArgument("int8_t")),
}
FORMS = st.dictionaries(st.sampled_from("fgh"), st.lists(st.sampled_from(sorted(ARGUMENTS)), max_size=4), min_size=1)


@settings(max_examples=60)
@given(st.data())
def test_any_calls(data: st.DataObject) -> None:
    """In any order, several in a step, with rows that are handed in between them."""
    forms = data.draw(FORMS)
    steps: list[ProgramStep] = []
    pushed = 0
    for _ in range(data.draw(st.integers(1, 20))):
        if data.draw(st.integers(0, 4)) == 0:
            steps.append(step("input", pushed=pushed, at=data.draw(st.integers(0, 6))))
            pushed += 1
            continue
        calls = []
        for _ in range(data.draw(st.integers(1, 3))):
            function = data.draw(st.sampled_from(sorted(forms)))
            calls.append(FunctionCall(function, tuple(data.draw(ARGUMENTS[kind]) for kind in forms[function])))
        steps.append(step(data.draw(st.sampled_from("ab")), *calls))
    check_table(steps)


def copies(name: str, places: Sequence[int], outs: Sequence[int]) -> list[ProgramStep]:
    pairs = zip(places, outs, strict=True)
    return [step(name, FunctionCall("copy", (constant(name), arena(one), arena(other)))) for one, other in pairs]


def test_rows_of_a_tensor_are_in_the_list_once() -> None:
    """Those that write them, and those that read them one by one, with two strides or with padding."""
    rows = [16 * (i * 7 % 40) for i in range(40)]
    steps = [step("input", pushed=i, at=at) for i, at in enumerate(rows)]
    steps += copies("x", rows, rows)
    steps += convolution("a", rows, rows, 3, 1, 1)
    steps += convolution("b", rows, rows[:20], 3, 2, 0)
    steps += convolution("c", rows, rows[:20], 1, 2, 0)
    assert check_table(steps).places == (0, *rows), "one more for the row above the first"


def test_windows_of_many_rows() -> None:
    rows = [4 * i for i in range(300)]
    table = check_table(convolution("a", rows, rows[:46], 255, 1, 0) + convolution("b", rows, rows[:46], 255, 1, 0))
    assert table.tap_type == "uint8_t"
    assert table.places == tuple(rows)


@pytest.mark.parametrize(("rows", "type_"), [(256, "uint8_t"), (257, "uint16_t")])
def test_types_are_as_wide_as_rows_need(rows: int, type_: str) -> None:
    assert check_table(copies("a", range(rows), range(rows))).number_type == type_


@pytest.mark.parametrize(("operators", "type_"), [(124, "uint8_t"), (127, "uint8_t"), (254, "uint16_t")])
def test_types_are_as_wide_as_operators_need(operators: int, type_: str) -> None:
    steps = [one for number in range(operators) for one in copies(f"x{number}", [0, 4], [4, 0])]
    assert check_table(steps).number_type == type_


def test_types_of_more_than_halfwords() -> None:
    """There is no table so large in reach of a test."""
    table = check_table([one for name in "ab" for one in copies(name, range(9), range(20, 29))])
    assert (table.number_type, table.position_type) == ("uint8_t", "uint8_t")
    for row, type_ in ((65535, "uint16_t"), (65536, "int32_t")):
        assert replace(table, entries=((0, row),)).number_type == type_
        (first, *_) = table.operators
        assert replace(table, operators=(replace(first, positions=(0, row)),)).position_type == type_
        assert replace(table, operators=(replace(first, taps=row),)).tap_type == type_


@pytest.mark.parametrize("names", ["a", "ab", "abc"])
def test_all_kinds_of_arguments(names: str) -> None:
    """In the table and in the code; what varies need not do so in the first and last row."""
    steps = [
        step(name, FunctionCall("f", (constant("rows", row % 2), constant(name), arena(place), number, row % 2)))
        for name in names
        for row, place, number in zip(range(3), (16, None, 16), (5, -7, 5), strict=True)
    ]
    table = check_table(steps)
    assert len(table.operators) == (len(names) if len(names) > 1 else 0)
    assert table.constants == (2 if len(names) > 1 else 0)


def test_what_there_is_once_is_plain_code() -> None:
    """Only calls that others share are in the table."""
    whole = FunctionCall("f", (constant("x"), 7, arena(64)))
    table = check_table([step("a", whole), *copies("b", range(5), range(5)), *copies("c", [1], [2])])
    assert [operator.comment for operator in table.operators] == ["b", "c"]
    (plain_call,) = (call for call in table.calls if not call.shared)
    assert not plain_call.by_row
    assert plain_call.arguments == whole.arguments


def test_a_table_of_halfwords_runs(tmp_path: Path) -> None:
    net = ImageNet(seed=5)
    x = net.input((1, 300, 2, 2))
    pooled = net.operator(
        "MAX_POOL_2D", [net.one(x)], (1, 298, 2, 2), explicit_padding=((0, 0), (0, 0)), stride_h=1, stride_w=1,
        filter_height=3, filter_width=1, dilation_h_factor=1, dilation_w_factor=1, fused_activation_function="NONE",
    )  # fmt: skip
    model = net.model(net.one(pooled))
    values, expected = expected_of(net, model)
    program = check(model, REQUESTS["streamed"], values, expected, tmp_path)
    assert step_table(program.steps).number_type == "uint16_t"
    assert np.asarray(values[0]).shape == (1, 300, 2, 2)
