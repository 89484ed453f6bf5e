"""Planned IRModule -> Program: the only place where code generation looks at TVM's IR."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.codegen.description import read_layout
from arenite.codegen.kernels.row_calls import COPY
from arenite.codegen.program import (
    C_TYPES,
    STATE,
    FunctionCall,
    Place,
    Port,
    Program,
    ProgramStep,
    State,
    StepOutput,
    item_alignment,
)
from arenite.codegen.read_calls import CallReader
from arenite.errors import AreniteError
from arenite.frontends.c_names import unique_c_name
from arenite.frontends.relax_states import initial_states
from arenite.frontends.to_relax import MODEL_ATTRIBUTE
from arenite.passes.bindings import PUSHED, Roots, is_alias, operator_name, rows_of, without_states
from arenite.passes.memory_request import CALLER, IO_MEMORY_ATTRIBUTE, IoMemory, read_regions
from arenite.passes.plan_memory import ALIGNMENT_ATTRIBUTE, ARENA, INPUT_OFFSETS_ATTRIBUTE
from arenite.passes.reorder_schedule import BOUND_ATTRIBUTE, SOURCE_ORDER_ATTRIBUTE
from arenite.tvm_compat import (
    IRModule,
    constant_value,
    dtype_name,
    extern_calls,
    relax,
    row_calls,
    tensor_bytes,
    tirx,
    tvm,
)

SOURCE_NAME = re.compile(r"t(?P<tensor>[0-9]+)(?:_rows_(?P<first>[0-9]+)_(?P<last>[0-9]+))?")
"""Variables that are a tensor of the model file, or rows of one (half-open)."""
JOINED = re.compile(r"_joined[0-9]*$")
"""Variables that are several rows as one."""


def read_program(module: IRModule, name: str | None = None) -> Program:
    """The program that a planned module describes.

    Args:
        module: the result of ``c_pipeline``; it may come from JSON.
        name: C name of the library; the model's own by default.

    Raises:
        AreniteError: the module was not planned, or holds something that has no C form.
    """
    return _Reader(module, name).program()


@dataclass
class _Reader:
    module: IRModule
    name: str | None
    roots: Roots = field(default_factory=Roots)
    places: list[Place] = field(default_factory=list)
    source_tensors: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Root -> number of its tensor in the model file, and the byte of that with which it begins."""
    written: set[int] = field(default_factory=set)
    pushed: int = 0
    calls: CallReader = field(init=False)

    def __post_init__(self) -> None:
        self.calls = CallReader(lambda expression: self.places[self._root(expression)])

    def program(self) -> Program:
        main = self.module["main"]
        attributes = main.attrs or {}
        if INPUT_OFFSETS_ATTRIBUTE not in attributes:
            raise AreniteError(
                "the module has no memory plan: c_pipeline() has not run, or its main has branches or unknown sizes",
                remedy="run arenite.passes.pipeline.c_pipeline() on straight-line code with static shapes",
            )
        description = json.loads(attributes[MODEL_ATTRIBUTE]) if MODEL_ATTRIBUTE in attributes else {}
        offsets = [int(offset) for offset in attributes[INPUT_OFFSETS_ATTRIBUTE]]
        inputs, held = without_states(main)
        for number, (parameter, offset) in enumerate(zip(inputs, offsets, strict=True)):
            self._add(parameter, _place(offset, parameter.ty, f"input_{number}" if offset == CALLER else None))
        states = self._states(held, initial_states(attributes))
        self.written.update(range(len(main.params)))
        bindings = [binding for block in main.body.blocks for binding in block.bindings]
        result = main.body.body
        results = list(result.fields) if isinstance(result, relax.Tuple) else [result]
        if not isinstance(result, relax.Tuple) and isinstance(result.ty, relax.TupleType):
            results = [relax.TupleGetItem(result, index) for index in range(len(result.ty.fields))]
        results = results[: len(results) - len(held)]
        arena_bytes = self._name_tensors(bindings)
        io_memory: IoMemory = "caller" if attributes.get(IO_MEMORY_ATTRIBUTE) == "caller" else "arena"
        copies = self._hand_out(results) if io_memory == "caller" else ()
        operators = description.get("operators", {})
        alignment = int(attributes[ALIGNMENT_ATTRIBUTE])
        name = self.name or unique_c_name(str(description.get("name", "model")), set())
        steps = [self._step(binding.value, operators) for binding in bindings if _is_step(binding.value)]
        if arena_bytes is None:
            # Nothing was allocated: the arena holds the inputs, and the outputs are among them.
            end = max((place.offset + place.bytes for place in self.places if place.port is None), default=0)
            arena_bytes = -(-end // alignment) * alignment
        regions = read_regions(attributes)
        if regions:
            arena_bytes = regions[-1].start + regions[-1].used_bytes
        return Program(
            name=name,
            arena_bytes=arena_bytes,
            alignment=alignment,
            lower_bound_bytes=int(attributes[BOUND_ATTRIBUTE]),
            source_order_bytes=int(attributes.get(SOURCE_ORDER_ATTRIBUTE, arena_bytes)),
            inputs=self._ports(inputs, description.get("inputs")),
            outputs=self._ports(results, description.get("outputs")),
            constants=tuple(self.calls.constants.values()),
            steps=tuple(steps),
            families=tuple(sorted(self.calls.families)),
            functions=tuple(self.calls.functions.values()),
            regions=regions,
            io_memory=io_memory,
            copies=copies,
            rows=bool(rows_of(main)),
            stream=rows_of(main) == PUSHED,
            states=states,
        )

    def _add(self, variable: Any, place: Place) -> None:
        self.roots.define(variable, [[len(self.places)]])
        self.places.append(place)

    def _states(self, parameters: Sequence[Any], values: Sequence[tuple[str, npt.NDArray[Any]]]) -> tuple[State, ...]:
        """Those of the largest elements first, so that each is aligned without a gap."""
        sizes = [_place(0, parameter.ty, STATE) for parameter in parameters]
        starts: dict[int, int] = {}
        end = 0
        for number in sorted(range(len(sizes)), key=lambda number: -item_alignment(sizes[number].dtype)):
            starts[number] = end
            end += sizes[number].bytes
        states = []
        for number, (parameter, (name, first)) in enumerate(zip(parameters, values, strict=True)):
            place = replace(sizes[number], offset=starts[number])
            self._add(parameter, place)
            data = np.frombuffer(first.tobytes(), np.uint8)
            if len(np.unique(data)) == 1:
                states.append(State(name, place, fill=int(data[0])))
            else:
                constant = self.calls.constant(f"state_{number}", "uint8_t", data).constant
                states.append(State(name, place, constant=constant))
        return tuple(states)

    def _name_tensors(self, bindings: list[Any]) -> int | None:
        """Enter every tensor's place and its number in the model file; the arena's size in bytes."""
        arena_bytes = None
        for binding in bindings:
            value = binding.value
            operator = operator_name(value) if isinstance(value, tvm.ir.Call) else ""
            if operator == "relax.memory.alloc_storage" and binding.var.name == ARENA:
                (arena_bytes,) = (int(extent) for extent in value.args[0].values)
            elif operator == "relax.memory.alloc_tensor":
                if JOINED.search(binding.var.name):
                    self.written.add(len(self.places))
                self._add(binding.var, _place(int(value.args[1].value), binding.var.ty))
            elif operator == "relax.memory.view":
                base = self.places[self._root(value.args[0])]
                place = _place(0, binding.var.ty)
                at = base.offset + int(value.args[3].value)
                self.written.add(len(self.places))
                self._add(binding.var, replace(place, offset=at, port=base.port))
            elif is_alias(value):
                self.roots.define(binding.var, self.roots.fields(value))
                self._name_source(binding.var)
        return arena_bytes

    def _hand_out(self, results: list[Any]) -> tuple[tuple[int, Place], ...]:
        """Let each output lie where the caller wants it; those that cannot are copied there in the end."""
        copies = []
        for number, result in enumerate(results):
            root = self._root(result)
            if self.places[root].port is None:
                self.places[root] = replace(self.places[root], port=f"output_{number}")
            else:
                copies.append((number, self.places[root]))
        return tuple(copies)

    def _name_source(self, variable: Any) -> None:
        roots = self.roots.fields(variable)
        named = SOURCE_NAME.fullmatch(variable.name)
        if named and len(roots) == 1 and len(roots[0]) == 1:
            (root,) = roots[0]
            first, last = (int(number or 0) for number in (named["first"], named["last"]))
            row_bytes = self.places[root].bytes // (last - first) if last else 0
            self.source_tensors.setdefault(root, (int(named["tensor"]), first * row_bytes))

    def _root(self, expr: Any) -> int:
        roots = self.roots.of(expr)
        if len(roots) != 1:
            raise AreniteError(f"the planned module uses {expr} as a tensor, and it is none")
        return next(iter(roots))

    def _ports(self, variables: Any, described: list[dict[str, Any]] | None) -> tuple[Port, ...]:
        ports, taken = [], set[str]()
        for index, variable in enumerate(variables):
            place = self.places[self._root(variable)]
            type_ = variable.ty if isinstance(variable, relax.Var) else None
            if type_ is not None:
                place = _place(place.offset, type_, place.port)
            hint = variable.name if isinstance(variable, relax.Var) else f"output_{index}"
            port: dict[str, Any] = (
                described[index] if described else {"name": hint, "c_name": unique_c_name(hint, taken)}
            )
            if "shape" in port:
                place = Place(place.offset, place.bytes, str(port["dtype"]), tuple(port["shape"]), place.port)
            scale, zero_point = port.get("scale"), port.get("zero_point")
            ports.append(Port(port["name"], port["c_name"], place, scale, zero_point, read_layout(port)))
        return tuple(ports)

    def _step(self, call: Any, operators: dict[str, Any]) -> ProgramStep:
        if not isinstance(call.op, tvm.ir.GlobalVar):
            raise AreniteError(f"the planned module calls {call.op}, which has no C form")
        function = self.module[call.op]
        if not isinstance(function, tirx.PrimFunc):
            raise AreniteError(
                f"the planned module calls the Relax function {call.op.name_hint}, which has no C form",
                remedy="inline it with relax.transform.InlinePrivateFunctions() first",
            )
        step = str((function.attrs or {}).get("arenite.step", call.op.name_hint))
        externs, rows = extern_calls(function), row_calls(function)
        tensors = [self._root(argument) for argument in call.args if constant_value(argument) is None]
        outputs = [root for root in dict.fromkeys(tensors) if root not in self.written]
        self.written.update(outputs)
        pushed = None
        if rows is not None and rows[0].function == COPY:
            pushed, self.pushed = self.pushed, self.pushed + 1
            calls: tuple[FunctionCall, ...] = ()
        elif rows is not None:
            calls = tuple(self.calls.of_row(call, step, row) for row in rows)
        elif externs is None:
            written = [constant_value(argument) is None and self._root(argument) in outputs for argument in call.args]
            calls = (self.calls.of_loops(call, function, written),)
        else:
            calls = tuple(self.calls.of_kernel(call, step, kernel, positions) for kernel, positions in externs)
        results = tuple(self._output(root) for root in outputs)
        sources = [operators.get(f"t{output.source_tensor}") for output in results]
        source = ", ".join(f"{kind} #{index}" for kind, index in (s for s in sources if s))
        read = [self.places[root] for root in tensors if root not in outputs]
        occupied = {place.offset for place in read if place.bytes and place.port is None}
        in_place = any(
            output.place.offset in occupied for output in results if output.place.bytes and output.place.port is None
        )
        return ProgramStep(step, source, calls, results, in_place, pushed)

    def _output(self, root: int) -> StepOutput:
        tensor, at = self.source_tensors.get(root, (None, 0))
        return StepOutput(tensor, self.places[root], at)


def _is_step(value: Any) -> bool:
    return (
        isinstance(value, tvm.ir.Call) and not is_alias(value) and not operator_name(value).startswith("relax.memory.")
    )


def _place(offset: int, type_: Any, port: str | None = None) -> Place:
    size = tensor_bytes(type_)
    if size is None:
        raise AreniteError("the planned module has a tensor whose size is unknown at compile time")
    if dtype_name(type_) not in C_TYPES:
        raise AreniteError(f"the planned module has a tensor of {dtype_name(type_)}, which has no C99 type")
    shape = tuple(int(extent) for extent in type_.shape.values)
    return Place(0 if port else offset, size, dtype_name(type_), shape, port)
