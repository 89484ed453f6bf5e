"""Calls of C functions as data: what each memory holds before, and what it must hold afterwards.

A trial runs on this machine, or in a program for any core (tests/kernel_programs.py)."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from bodies.cases import Case
from kernel_calls import GARBAGE, Bytes, address, c_function

from arenite.codegen.kernels.in_place import in_place_positions
from arenite.codegen.kernels.rows import KernelRows, kernel_rows
from arenite.frontends.lowering import Call

GUARD = 16
"""Bytes in front of what is written to, and behind it, that must keep what they hold."""
RUBBISH = 0xA7
"""What scratch holds before a call."""
NOWHERE = 2**28
"""As a distance: outside of any memory that is reserved."""
MOST_ROWS = 6
"""That are computed one by one, of one case."""


@dataclass(frozen=True, eq=False)
class Memory:
    """``offset``: the address modulo 8. ``expected``: what it holds in the end, but for the bytes of ``free``, which is
    half-open."""

    content: Bytes
    expected: Bytes
    offset: int = 0
    free: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class At:
    """An address: so many bytes into a memory of the trial."""

    memory: int
    bytes: int = 0


Argument = At | int | None
"""None is a null pointer."""


@dataclass(frozen=True)
class FunctionCall:
    function: str
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, eq=False)
class Trial:
    """``label`` begins with the kernel; ``details`` are for who looks for the fault."""

    label: str
    details: str
    memories: tuple[Memory, ...]
    calls: tuple[FunctionCall, ...]


def constant(array: np.ndarray, offset: int) -> Memory:
    content = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    return Memory(content, content, offset)


def guarded(content: Bytes, expected: Bytes, offset: int = 0, *, free: bool = False) -> Memory:
    guard = np.full(GUARD, GARBAGE, np.uint8)
    before, behind = (np.concatenate([guard, part, guard]) for part in (content, expected))
    return Memory(before, behind, offset, (GUARD, GUARD + content.size) if free else (0, 0))


def trials_of(case: Case, call: Call, scratch_bytes: int) -> list[Trial]:
    """The operator as a whole, and some of its rows where it falls into rows, by ``call``, which computes what the
    case's does."""
    generator = np.random.default_rng(case.number)
    label = _label(case, call, scratch_bytes)
    own = _own(generator, call, scratch_bytes)
    found = [_whole(generator, f"{label} whole", case, own)]
    found += [
        _over(generator, f"{label} over input {read - 1}", case, own, read - 1)
        for read, _ in in_place_positions(call.kernel)
        if read <= len(case.inputs) and case.inputs[read - 1].size == case.expected.size
    ]
    rows = kernel_rows(call.kernel, call.layer, call.constants, [values.shape for values in case.inputs])
    if rows is not None and rows.rows > 1:
        found.append(_by_rows(generator, f"{label} rows", case, rows, own))
    return found


def whole_trial(case: Case, call: Call, scratch_bytes: int) -> Trial:
    """The first one of ``trials_of``."""
    generator = np.random.default_rng(case.number)
    own = _own(generator, call, scratch_bytes)
    return _whole(generator, f"{_label(case, call, scratch_bytes)} whole", case, own)


def _label(case: Case, call: Call, scratch_bytes: int) -> str:
    return f"{call.kernel} case {case.number} scratch {scratch_bytes}"


def _own(generator: np.random.Generator, call: Call, scratch_bytes: int) -> _Own:
    layer = constant(np.array(list(call.layer.values()), np.int32), 4 * int(generator.integers(0, 2)))
    constants = [constant(array, 4 * int(generator.integers(0, 2))) for array in call.constants.values()]
    scratch = []
    if scratch_bytes:
        rubbish = np.full(scratch_bytes, RUBBISH, np.uint8)
        scratch.append(guarded(rubbish, rubbish, 4 * int(generator.integers(0, 2)), free=True))
    return _Own(call, layer, constants, scratch)


@dataclass(frozen=True, eq=False)
class _Own:
    """Memories of a call that do not depend on how it is called: numbers 0, 1 to n, and n + 1."""

    call: Call
    layer: Memory
    constants: Sequence[Memory]
    scratch: Sequence[Memory]

    @property
    def details(self) -> str:
        return str(dict(self.call.layer))

    @property
    def memories(self) -> tuple[Memory, ...]:
        return (self.layer, *self.constants, *self.scratch)

    def row_constants(self, form: KernelRows, row: int) -> list[Argument]:
        found: list[Argument] = []
        for constant in form.constants:
            place = list(self.call.constants).index(constant.name)
            found.append(At(1 + place, constant.step * row * self.call.constants[constant.name].itemsize))
        return found

    @property
    def behind(self) -> list[Argument]:
        """Arguments behind the output."""
        return [At(1 + len(self.constants), GUARD)] if self.scratch else []


def _whole(generator: np.random.Generator, label: str, case: Case, own: _Own) -> Trial:
    inputs = [constant(values, int(generator.integers(0, 8))) for values in case.inputs]
    out = guarded(np.full_like(case.expected, GARBAGE), case.expected, int(generator.integers(0, 8)))
    first = len(own.memories)
    arguments: list[Argument] = [At(0), *(At(first + place) for place in range(len(inputs)))]
    arguments += [At(1 + place) for place in range(len(own.constants))]
    arguments += [At(first + len(inputs), GUARD), *own.behind]
    return Trial(label, own.details, (*own.memories, *inputs, out), (FunctionCall(own.call.kernel, tuple(arguments)),))


def _over(generator: np.random.Generator, label: str, case: Case, own: _Own, operand: int) -> Trial:
    """As a whole, written over an operand."""
    trial = _whole(generator, label, case, own)
    at_out = len(trial.memories) - 1
    content = case.inputs[operand].reshape(-1).view(np.uint8)
    out = guarded(content, case.expected, trial.memories[at_out].offset)
    arguments = list(trial.calls[0].arguments)
    for place, tensor in enumerate(own.call.inputs):
        if tensor == own.call.inputs[operand]:
            arguments[1 + place] = At(at_out, GUARD)
    return Trial(
        label, own.details, (*trial.memories[:at_out], out), (FunctionCall(own.call.kernel, tuple(arguments)),)
    )


class _Rows:
    """The rows of a tensor in any order with garbage between them; one begins, and one ends the memory."""

    def __init__(self, generator: np.random.Generator, values: np.ndarray, rows: int) -> None:
        pieces = np.ascontiguousarray(values).reshape(rows, -1).view(np.uint8)
        self.row_bytes = pieces.shape[1]
        pitch = self.row_bytes + int(generator.integers(1, 7))
        self.place: list[int] = (generator.permutation(rows) * pitch).tolist()
        content = np.full((rows - 1) * pitch + self.row_bytes, GARBAGE, np.uint8)
        for piece, place in zip(pieces, self.place, strict=True):
            content[place : place + self.row_bytes] = piece
        self.memory = Memory(content, content, int(generator.integers(0, 8)))


def _by_rows(generator: np.random.Generator, label: str, case: Case, form: KernelRows, own: _Own) -> Trial:
    expected = case.expected.reshape(form.rows, -1)
    chosen = list(dict.fromkeys([0, form.rows - 1, *generator.permutation(form.rows).tolist()]))[:MOST_ROWS]
    inputs = [_Rows(generator, v, operand.rows) for v, operand in zip(case.inputs, form.inputs, strict=True)]
    results = _Rows(generator, expected[chosen], len(chosen))
    written = results.memory.content
    out = guarded(np.full_like(written, GARBAGE), written, results.memory.offset)
    memories = [*own.memories, *(source.memory for source in inputs), out]
    first_input, at_out = len(own.memories), len(memories) - 1
    calls: list[FunctionCall] = []
    for row, place in zip(chosen, results.place, strict=True):
        arguments: list[Argument] = [At(0)]
        if form.form == "window":
            base = int(generator.integers(0, inputs[0].memory.content.size))
            start = int(generator.integers(-99, 99))
            taps = _taps(form, row, inputs[0], len(own.call.constants["taps"]), base + start)
            memories.append(constant(taps, 4))
            arguments += [At(first_input, base), start, At(len(memories) - 1), *form.taps[row]]
        else:
            for number, (source, operand) in enumerate(zip(inputs, form.inputs, strict=True)):
                first, last = operand.ranges[row]
                assert last == first + 1, "an operand of several rows, which lie apart here"
                arguments.append(At(first_input + number, source.place[first]))
        arguments += [*own.row_constants(form, row), At(at_out, GUARD + place), *own.behind]
        calls.append(FunctionCall(form.function, tuple(arguments)))
    return Trial(label, own.details, tuple(memories), tuple(calls))


def _taps(form: KernelRows, row: int, source: _Rows, count: int, origin: int) -> np.ndarray:
    """Distances of the window's rows from ``origin``, which counts bytes of the memory."""
    taps = np.full(count, NOWHERE, np.int32)
    (first, _), (k0, k1) = form.inputs[0].ranges[row], form.taps[row]
    for k in range(k0, k1):
        taps[k] = source.place[first + (k - k0) * form.dilation] - origin
    return taps


def run_here(trial: Trial) -> list[str]:
    """Runs a trial by the library of this machine; returns what is wrong, in words."""
    raw = [np.full(memory.content.size + 16, GARBAGE, np.uint8) for memory in trial.memories]
    # Where the address has the offset modulo 8 that the memory asks for.
    starts = [(memory.offset - array.ctypes.data) % 8 for memory, array in zip(trial.memories, raw, strict=True)]
    views = [
        array[start : start + memory.content.size]
        for memory, array, start in zip(trial.memories, raw, starts, strict=True)
    ]
    for view, memory in zip(views, trial.memories, strict=True):
        view[:] = memory.content
    for call in trial.calls:
        arguments = [
            address(views[argument.memory], argument.bytes) if isinstance(argument, At)
            else argument if argument is None else ctypes.c_int32(argument)
            for argument in call.arguments
        ]  # fmt: skip
        c_function(call.function)(*arguments)
    return [text for number in range(len(views)) if (text := difference(trial, number, views[number]))]


def difference(trial: Trial, number: int, found: Bytes) -> str:
    """What a memory holds in the end that it should not; empty if nothing."""
    memory = trial.memories[number]
    wrong = found != memory.expected
    wrong[slice(*memory.free)] = False
    if not wrong.any():
        return ""
    at = int(wrong.argmax())
    return (
        f"{trial.label}: {int(wrong.sum())} bytes of memory {number} differ, the first at {at} of {found.size}: "
        f"{found[at].view(np.int8)}, not {memory.expected[at].view(np.int8)}; {trial.details}"
    )
