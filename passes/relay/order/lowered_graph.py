"""``main`` as LowerTE leaves it, as a Graph: what TVM's AOT executor and USMP will place, and when it is live.

``main`` is a chain of lets. A call of a lowered function is a step; its results are buffers. Tuples, their fields,
constants and the reshapes that TVM removes afterwards are names.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from arenite.errors import UnsupportedError
from arenite.graph import Buffer
from arenite.passes.relay.in_place_kernels import in_place_operands
from arenite.passes.relay.order.call_phases import Call, LoweredGraph, assemble
from arenite.passes.relay.order.function_lives import FunctionLives, Ticks, function_lives
from arenite.passes.relay.order.merge_operands import merged_operands
from arenite.relay_compat import has_attribute, relay, remove_standalone_reshapes, tvm

WORKSPACE_ALIGNMENT = "workspace-byte-alignment"
DEFAULT_ALIGNMENT = 16
"""What TVM takes where the executor's options do not say."""


def lowered_graph(
    module: Any, *, workspace_io: bool, in_place: Literal["never", "always possible", "ever possible"] = "never"
) -> LoweredGraph:
    """The calls of ``main`` and all that is placed in RAM for them; constants are not.

    Args:
        module: right after the pass LowerTE.
        workspace_io: inputs and outputs are in the workspace (``tir.usmp.use_workspace_io``), not the caller's.
        in_place: take a result and the operand that it can be written over for one buffer: never; where every order of
            the calls allows it; or, for a bound, where some order might.

    Raises:
        UnsupportedError: a branch, a closure or a size that is unknown at compile time.
    """
    return _Builder(module, workspace_io).graph(in_place)


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
        self.calls: list[Call] = []

    def graph(self, in_place: str) -> LoweredGraph:
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
        if in_place != "never":
            self.calls, roots = merged_operands(self.calls, inputs, outputs, only_readers=in_place == "always possible")
            outputs = [roots.get(buffer, buffer) for buffer in outputs]
            for gone in roots:
                self.buffers[gone] = Buffer(self.buffers[gone].name, 0, self.alignment)
            inputs += roots
        return assemble(
            self.calls,
            tuple(self.buffers),
            tuple(inputs),
            tuple(sorted(set(outputs))),
            shared=tuple(tuple(group) for group in self.temporaries.values() if len(group) > 1),
            alignment=self.alignment,
            workspace_io=self.workspace_io,
        )

    def _call(self, position: int, call: Any) -> list[int | None]:
        function, arguments = _callee(call)
        name = function.name_hint
        reads = [field for argument in arguments for field in self._fields_of(argument)]
        writes = self._new_buffers(f"{name}.{position}", call.checked_type)
        lives = self._lives_of(name)
        always = (0, lives.ticks - 1)
        operands = [*reads, *writes]
        parameters = lives.parameters if len(lives.parameters) == len(operands) else (None,) * len(operands)
        spans: dict[int, Ticks] = {}
        for buffer, ticks in zip(operands, parameters, strict=True):
            if buffer is not None:
                first, last = ticks or always
                known_first, known_last = spans.get(buffer, (first, last))
                spans[buffer] = min(first, known_first), max(last, known_last)
        for number, temporary in enumerate(lives.temporaries):
            spans[len(self.buffers)] = temporary.ticks
            self.temporaries.setdefault((name, number), []).append(len(self.buffers))
            self.buffers.append(Buffer(f"{name}.{position}.{temporary.name}", temporary.bytes, self.alignment))
        read = {buffer for buffer in reads if buffer is not None}
        written = tuple(buffer for buffer in spans if buffer not in read)
        pairs = tuple(
            (source, result)
            for given, made in self._in_place_operands(name, len(operands))
            for source, result in [(operands[given], operands[made])]
            if source is not None and result is not None and source != result
        )
        self.calls.append(
            Call(name, tuple(sorted(read)), written, spans, lives.ticks, position, tuple(operands), pairs)
        )
        return writes

    def _in_place_operands(self, name: str, operands: int) -> tuple[tuple[int, int], ...]:
        function = self.functions.get(name)
        if not isinstance(function, tvm.tir.PrimFunc) or len(self._lives_of(name).parameters) != operands:
            return ()
        return in_place_operands(function)

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
            before = sum(
                len(_tensor_types(part)) for part in list(value.tuple_value.checked_type.fields)[: value.index]
            )
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


def _callee(call: Any) -> tuple[Any, list[Any]]:
    """Function and arguments of a call, in the forms that AOT takes."""
    if _operator_name(call) == "call_lowered":
        return call.args[0], [call.args[1]]
    if isinstance(call.op, tvm.ir.GlobalVar):
        return call.op, list(call.args)
    raise UnsupportedError(
        f"main calls {_operator_name(call) or type(call.op).__name__}, which is no lowered function",
        remedy="build with the AOT executor for a single device",
    )


def _operator_name(call: Any) -> str:
    return str(call.op.name) if isinstance(call.op, tvm.ir.Op) else ""


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
    return int(size)


def _alignment(module: Any, main: Any) -> int:
    for holder in (module, main):
        if has_attribute(holder, "executor") and holder.attrs["executor"] is not None:
            options = holder.attrs["executor"].attrs
            return (
                int(options[WORKSPACE_ALIGNMENT]) if WORKSPACE_ALIGNMENT in list(options.keys()) else DEFAULT_ALIGNMENT
            )
    return DEFAULT_ALIGNMENT
