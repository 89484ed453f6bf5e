"""``main`` as LowerTE leaves it, as a Graph: what TVM's AOT executor and USMP will place, and when it is live.

``main`` is a chain of lets. A call of a lowered function is a step; its results are buffers. Tuples, their fields,
constants and the reshapes that TVM removes afterwards are names. USMP counts lives by the statements inside the called
functions: the input of a padded convolution is dead when its output is begun. So a step falls into phases.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from arenite.errors import UnsupportedError
from arenite.graph import Buffer, Graph, Step
from arenite.passes.relay.function_lives import FunctionLives, function_lives
from arenite.relay_compat import has_attribute, relay, remove_standalone_reshapes, tvm

WORKSPACE_ALIGNMENT = "workspace-byte-alignment"
DEFAULT_ALIGNMENT = 16
"""What TVM takes where the executor's options do not say."""


@dataclass(frozen=True, eq=False)
class LoweredGraph:
    """The calls of ``main`` in two resolutions, over the same buffers.

    ``calls``: one step per call, which reads and writes as if all its buffers lived from its begin to its end.
    ``phases``: one step per phase of a call; those of ``calls.steps[i]`` are ``phases_of[i]``, in this order, and stay
    together. Live bytes are those that USMP counts, save that an input is live from the begin of ``main`` and an output
    until its end, where USMP takes their first and last use. Inputs and outputs have 0 bytes unless they are in the
    workspace. ``lets[i]`` is the position in the chain of the let of step i. ``shared``: groups of buffers that are the
    same temporary of a function called several times, for which USMP takes one offset. ``alignment``: in bytes, of
    every buffer and of the workspace.
    """

    calls: Graph
    phases: Graph
    phases_of: tuple[tuple[int, ...], ...]
    lets: tuple[int, ...]
    shared: tuple[tuple[int, ...], ...]
    alignment: int

    def phase_order(self, order: Sequence[int]) -> tuple[int, ...]:
        """The order of the phases when the calls run in ``order``."""
        return tuple(phase for call in order for phase in self.phases_of[call])


def lowered_graph(module: Any, *, workspace_io: bool) -> LoweredGraph:
    """The calls of ``main`` and all that is placed in RAM for them; constants are not.

    Args:
        module: right after the pass LowerTE.
        workspace_io: inputs and outputs are in the workspace (``tir.usmp.use_workspace_io``), not the caller's.

    Raises:
        UnsupportedError: a branch, a closure or a size that is unknown at compile time.
    """
    return _Builder(module, workspace_io).graph()


def let_chain(main: Any) -> tuple[list[Any], Any]:
    """The lets of a function, outermost first, and the expression behind them."""
    lets, body = [], main.body
    while isinstance(body, relay.Let):
        lets.append(body)
        body = body.body
    return lets, body


def without_device(value: Any) -> Any:
    """What an ``on_device`` annotation is about."""
    while isinstance(value, relay.Call) and _operator_name(value) == "on_device":
        value = value.args[0]
    return value


class _Builder:
    def __init__(self, module: Any, workspace_io: bool) -> None:
        self.main = module["main"]
        self.executed = remove_standalone_reshapes(module)["main"]
        self.functions = {variable.name_hint: function for variable, function in module.functions.items()}
        self.workspace_io = workspace_io
        self.alignment = _alignment(module, self.main)
        self.lives: dict[str, FunctionLives] = {}
        self.buffers: list[Buffer] = []
        self.fields: dict[Any, list[int | None]] = {}
        self.temporaries: dict[tuple[str, int], list[int]] = {}
        self.calls: list[Step] = []
        self.phases: list[Step] = []
        self.phases_of: list[tuple[int, ...]] = []
        self.lets: list[int] = []

    def graph(self) -> LoweredGraph:
        for parameter in self.main.params:
            self.fields[parameter] = self._new_buffers(parameter.name_hint, parameter.checked_type)
        inputs = list(range(len(self.buffers)))
        lets, body = let_chain(self.main)
        executed, _ = let_chain(self.executed)
        results: dict[Any, list[int | None]] = {}
        for position, (let, after) in enumerate(zip(lets, executed, strict=True)):
            value = without_device(after.value)
            if isinstance(value, relay.Call) and value in results:
                self.fields[let.var] = results[value]
            elif isinstance(value, relay.Call):
                self.fields[let.var] = results[value] = self._call(position, without_device(let.value))
            else:
                self.fields[let.var] = self._fields_of(without_device(let.value))
        outputs = self._outputs(self._fields_of(without_device(body)), inputs)
        self._size_boundary(inputs, outputs)
        buffers, after_pairs = tuple(self.buffers), self._after()
        boundary = tuple(inputs), tuple(sorted(set(outputs)))
        return LoweredGraph(
            Graph("main", buffers, tuple(self.calls), *boundary),
            Graph("main", buffers, tuple(self.phases), *boundary, after=after_pairs),
            tuple(self.phases_of),
            tuple(self.lets),
            tuple(tuple(group) for group in self.temporaries.values() if len(group) > 1),
            self.alignment,
        )

    def _call(self, position: int, call: Any) -> list[int | None]:
        function, arguments = _callee(call)
        name = function.name_hint
        reads = [field for argument in arguments for field in self._fields_of(argument)]
        writes = self._new_buffers(f"{name}.{position}", call.checked_type)
        lives = self._lives_of(name)
        scratch = []
        for number, temporary in enumerate(lives.temporaries):
            scratch.append(len(self.buffers))
            self.temporaries.setdefault((name, number), []).append(len(self.buffers))
            self.buffers.append(Buffer(f"{name}.{position}.{temporary.name}", temporary.bytes, self.alignment))
        self._add_steps(name, position, reads, [*writes], scratch, lives)
        return writes

    def _add_steps(
        self,
        name: str,
        position: int,
        reads: list[int | None],
        writes: list[int | None],
        scratch: list[int],
        lives: FunctionLives,
    ) -> None:
        number = len(self.calls)
        read = {field for field in reads if field is not None}
        written = [field for field in writes if field is not None]
        self.calls.append(Step(name, tuple(sorted(read)), (*written, *scratch), (number,)))
        self.lets.append(position)
        spans: dict[int, tuple[int, int]] = {}
        everywhere = (0, lives.ticks - 1)
        parameters = lives.parameters if len(lives.parameters) == len(reads) + len(writes) else ()
        parameter_spans = parameters or (everywhere,) * (len(reads) + len(writes))
        for field, span in zip([*reads, *writes], parameter_spans, strict=True):
            if field is not None:
                known = spans.get(field)
                new = span or everywhere
                spans[field] = (min(known[0], new[0]), max(known[1], new[1])) if known else new
        for buffer, temporary in zip(scratch, lives.temporaries, strict=True):
            spans[buffer] = temporary.ticks
        begun = set(read)
        first_phase = len(self.phases)
        for live in _maximal_sets(spans, lives.ticks):
            new_buffers = tuple(sorted(live - begun))
            self.phases.append(Step(name, tuple(sorted(live & begun)), new_buffers, (number,)))
            begun |= live
        self.phases_of.append(tuple(range(first_phase, len(self.phases))))

    def _after(self) -> tuple[tuple[int, int], ...]:
        """A call is over before one that reads its result begins, and its phases follow each other."""
        writer = {buffer: call for call, step in enumerate(self.calls) for buffer in step.writes}
        pairs = {pair for phases in self.phases_of for pair in pairwise(phases)}
        for call, step in enumerate(self.calls):
            before = {writer[buffer] for buffer in step.reads if buffer in writer}
            pairs |= {(self.phases_of[other][-1], self.phases_of[call][0]) for other in before}
        return tuple(sorted(pairs))

    def _lives_of(self, name: str) -> FunctionLives:
        if name not in self.lives:
            function = self.functions.get(name)
            known = isinstance(function, tvm.tir.PrimFunc)
            self.lives[name] = function_lives(function) if known else FunctionLives((), (), 1)
        return self.lives[name]

    def _fields_of(self, value: Any) -> list[int | None]:
        """The buffers that an atomic expression or a tuple names, None for constants."""
        value = without_device(value)
        if isinstance(value, relay.Var):
            return self.fields[value]
        if isinstance(value, relay.Tuple):
            return [field for part in value.fields for field in self._fields_of(part)]
        if isinstance(value, relay.TupleGetItem):
            before = sum(len(_tensor_types(part)) for part in list(_fields(value.tuple_value))[: value.index])
            return self._fields_of(value.tuple_value)[before : before + len(_tensor_types(value.checked_type))]
        if isinstance(value, relay.Constant):
            return [None]
        raise UnsupportedError(
            f"main holds a {type(value).__name__}, whose calls have no fixed order",
            remedy="take branches and closures out of the model",
        )

    def _new_buffers(self, name: str, type_: Any) -> list[int | None]:
        types = _tensor_types(type_)
        first = len(self.buffers)
        for number, tensor in enumerate(types):
            label = name if len(types) == 1 else f"{name}.{number}"
            self.buffers.append(Buffer(label, _tensor_bytes(tensor, name), self.alignment))
        return list(range(first, len(self.buffers)))

    def _outputs(self, fields: list[int | None], inputs: list[int]) -> list[int]:
        """What ``main`` returns. Of inputs and constants AOT makes copies when it meets them: live all the time."""
        outputs, types = [], _tensor_types(self.main.ret_type)
        for field, type_ in zip(fields, types, strict=True):
            if field is not None and field not in inputs:
                outputs.append(field)
                continue
            copy = len(self.buffers)
            self.buffers.append(Buffer(f"output{len(outputs)}", _tensor_bytes(type_, "output"), self.alignment))
            inputs.append(copy)
            outputs.append(copy)
        return outputs

    def _size_boundary(self, inputs: Sequence[int], outputs: Sequence[int]) -> None:
        if not self.workspace_io:
            for index in {*inputs, *outputs}:
                self.buffers[index] = Buffer(self.buffers[index].name, 0, self.alignment)


def _maximal_sets(spans: dict[int, tuple[int, int]], ticks: int) -> Iterator[set[int]]:
    """What is live at once, without sets that a neighbour contains; at least one."""
    kept: list[set[int]] = []
    for tick in range(ticks):
        live = {buffer for buffer, (first, last) in spans.items() if first <= tick <= last}
        if kept and live <= kept[-1]:
            continue
        while kept and kept[-1] <= live:
            kept.pop()
        kept.append(live)
    yield from kept


def _callee(call: Any) -> tuple[Any, list[Any]]:
    """Function and arguments of a call, in the forms that AOT takes."""
    if _operator_name(call) == "call_lowered":
        return call.args[0], list(_fields(call.args[1]))
    if isinstance(call.op, tvm.ir.GlobalVar):
        return call.op, list(call.args)
    raise UnsupportedError(
        f"main calls {_operator_name(call) or type(call.op).__name__}, which is no lowered function",
        remedy="build with the AOT executor for a single device",
    )


def _operator_name(call: Any) -> str:
    return str(call.op.name) if isinstance(call.op, tvm.ir.Op) else ""


def _fields(value: Any) -> Any:
    """The parts of a tuple, as expressions, or as types where it is only named."""
    return value.fields if isinstance(value, relay.Tuple) else value.checked_type.fields


def _tensor_types(value: Any) -> list[Any]:
    type_ = value if isinstance(value, tvm.ir.Type) else value.checked_type
    if isinstance(type_, tvm.ir.TupleType):
        return [tensor for field in type_.fields for tensor in _tensor_types(field)]
    return [type_]


def _tensor_bytes(type_: Any, name: str) -> int:
    dtype = tvm.runtime.DataType(type_.dtype)
    size = (dtype.bits * dtype.lanes + 7) // 8
    for extent in type_.shape:
        if not isinstance(extent, tvm.tir.IntImm):
            raise UnsupportedError(
                f"the result of {name} has the shape {list(type_.shape)}", remedy="fix all dimensions before building"
            )
        size *= int(extent)
    return size


def _alignment(module: Any, main: Any) -> int:
    for holder in (module, main):
        if has_attribute(holder, "executor") and holder.attrs["executor"] is not None:
            options = holder.attrs["executor"].attrs
            return (
                int(options[WORKSPACE_ALIGNMENT]) if WORKSPACE_ALIGNMENT in list(options.keys()) else DEFAULT_ALIGNMENT
            )
    return DEFAULT_ALIGNMENT
