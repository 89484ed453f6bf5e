"""Relay operators ``arenite.<kind>``: one call of Relay is one operator of the Model, computed by row kernels in C.

Each has as arguments the activations and then the constants of its Lowering (layer structs, packed weights, tables);
the attributes say which C functions to call on them. Lowering to TE and C happens inside an unmodified ``relay.build``:
the operator is opaque to fusion, its body is a chain of extern calls, and ``kernel_sources`` brings the C text along.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from arenite.codegen.kernels import kernels, one_source, scalar_types, special_families, structs
from arenite.codegen.kernels.rows import SCRATCH
from arenite.frontends.lowering import Lowering
from arenite.frontends.model import Model, Operator
from arenite.relay_compat import dict_attributes, override_strategy, relay, te, tir

PREFIX = "arenite_relay_"
"""Of the C functions that TVM calls: their prototypes are those that TVM prints for extern functions."""
OPAQUE = 8
_registered: set[str] = set()


def arenite_call(model: Model, operator: Operator, lowering: Lowering, values: Mapping[int, Any]) -> Any:
    """The Relay call that computes ``operator``; a tuple if it has several outputs.

    Args:
        lowering: of ``operator``, made of kernel calls or an alias.
        values: tensor index -> Relay expression, for the activations that the operator reads.

    Raises:
        ValueError: the lowering is a TVM operator, which has no need of this.
    """
    shapes = [model.tensors[index].shape for index in lowering.outputs]
    if lowering.alias:
        return relay.reshape(values[lowering.inputs[0]], shapes[0])
    if not lowering.calls:
        raise ValueError(f"{operator.label} has no kernel")
    arguments = [values[index] for index in lowering.inputs]
    position = {index: place for place, index in enumerate(lowering.inputs)}
    calls: list[tuple[str, list[int]]] = []
    for call in lowering.calls:
        layer = np.array(list(call.layer.values()), np.int32)
        first = len(arguments)
        arguments += [relay.const(array) for array in (layer, *call.constants.values())]
        constants = range(first + 1, len(arguments))
        calls.append((call.kernel, [first, *(position[index] for index in call.inputs), *constants]))
    attributes = dict_attributes(
        calls=json.dumps(calls),
        shapes=json.dumps(shapes),
        dtypes=json.dumps([model.tensors[index].dtype for index in lowering.outputs]),
        scratch=lowering.scratch_bytes,
    )
    usual = len(calls) == 1 and len(arguments) == _arguments(calls[0][0], len(shapes))
    usual = usual and kernels()[calls[0][0]].family not in special_families()
    name = _register(operator.kind if usual else f"{operator.kind}_{len(arguments)}", len(arguments))
    return relay.Call(relay.op.get(name), arguments, attributes)


def count_operators(main: Any) -> int:
    """Calls of arenite's operators in a function."""
    found = []

    def visit(expr: Any) -> None:
        if isinstance(expr, relay.Call) and getattr(expr.op, "name", "").startswith("arenite."):
            found.append(expr)

    relay.analysis.post_order_visit(main, visit)
    return len(found)


def _arguments(kernel: str, results: int) -> int:
    """How many arguments a call of Relay has that is one call of ``kernel`` on as many activations as it can take."""
    parameters = [parameter.name for parameter in kernels()[kernel].parameters]
    return len(parameters) - results - (SCRATCH in parameters)


def _register(kind: str, arguments: int) -> str:
    """Name of the Relay operator for a kind of Model operator; TVM wants one for each number of arguments, for example
    a sum of a tensor and itself beside that of two, or kernels for some core that have other constants."""
    name = f"arenite.{kind.lower()}"
    if name in _registered:
        return name
    _registered.add(name)
    relay.op.op.register(name, f"{kind} of TensorFlow Lite, int8, by arenite's row kernels")
    registered = relay.op.get(name)
    registered.set_num_inputs(arguments)
    for index in range(arguments):
        registered.add_argument(f"argument_{index}", "Tensor", "an activation or a constant")
    registered.set_attrs_type_key("DictAttrs")
    registered.add_type_rel(name.replace(".", "_").title(), _result_type)
    registered.set_support_level(10)
    relay.op.op.register_pattern(name, OPAQUE)
    relay.op.op.register_stateful(name, False)
    relay.op.op.register_strategy(name, override_strategy(f"{name}_strategy", _strategy))
    return name


def _result_type(_types: Sequence[Any], attributes: Any) -> Any:
    return _type(str(attributes["shapes"]), str(attributes["dtypes"]))


@cache
def _type(shapes: str, dtypes: str) -> Any:
    """Kept, since TVM asks for each operator's type after every pass."""
    types = [
        relay.TensorType(shape, dtype) for shape, dtype in zip(json.loads(shapes), json.loads(dtypes), strict=True)
    ]
    return types[0] if len(types) == 1 else relay.TupleType(types)


def _strategy(_attributes: Any, _inputs: Sequence[Any], _type: Any, target: Any) -> Any:
    strategy = relay.op.OpStrategy()
    strategy.add_implementation(_compute, _schedule, name="arenite")
    return strategy


def _schedule(_attributes: Any, results: Any, _target: Any) -> Any:
    results = [results] if isinstance(results, te.Tensor) else list(results)
    return te.create_schedule([result.op for result in results])


def _compute(attributes: Any, inputs: Sequence[Any], _type: Any) -> list[Any]:
    shapes, dtypes = json.loads(attributes["shapes"]), json.loads(attributes["dtypes"])
    calls: list[tuple[str, list[int]]] = json.loads(attributes["calls"])
    scratch = int(attributes["scratch"])

    def body(arguments: Sequence[Any], results: Sequence[Any]) -> Any:
        return _calls(arguments, results, calls, scratch)

    made = te.extern(
        [tuple(shape) for shape in shapes],
        list(inputs),
        body,
        dtype=list(dtypes),
        name="arenite_operator",
    )
    return [made] if isinstance(made, te.Tensor) else list(made)


def _calls(
    arguments: Sequence[Any], results: Sequence[Any], calls: Sequence[tuple[str, list[int]]], scratch_bytes: int
) -> Any:
    """The body: for each kernel one statement that calls it and stores what it returns, the output's last element.

    USMP finds what a function reads and writes by loads and stores alone, so there has to be one of each argument.
    Scratch is handed over in the same statement, or USMP would take it for dead.
    """
    builder = tir.ir_builder.create()
    scratch = [_scratch(builder, scratch_bytes)] if scratch_bytes else []
    result = results[-1]
    last = math.prod(int(extent) for extent in result.shape) - 1
    for kernel, positions in calls:
        pointers = [_pointer(arguments[position]) for position in positions]
        # A load from an output is what USMP refuses.
        pointers += [written.access_ptr("w") for written in results]
        if kernels()[kernel].parameters[-1].name == SCRATCH:
            pointers += scratch
        call = tir.call_extern(result.dtype, f"{PREFIX}{kernel.removeprefix('arenite_')}", *pointers, last)
        builder.emit(tir.BufferStore(result, call, [int(extent) - 1 for extent in result.shape]))
    return builder.get()


def _pointer(buffer: Any) -> Any:
    load = tir.BufferLoad(buffer, [0] * len(buffer.shape))
    return tir.call_intrin("handle", "tir.address_of", load)


def _scratch(builder: Any, scratch_bytes: int) -> Any:
    return builder.allocate("int32", -(-scratch_bytes // 4), name="scratch", scope="global").asobject().data


def relay_source(names: Sequence[str]) -> str:
    """C text of the kernels ``names`` and of a function for each that TVM's generated code can call."""
    parts = ["#include <stdint.h>", one_source(names)]
    for name in sorted(set(names)):
        own = f"{PREFIX}{name.removeprefix('arenite_')}"
        parameters, arguments = [], []
        for parameter in kernels()[name].parameters:
            type_ = _scalar(parameter.type)
            parameters.append(f"{type_}* {parameter.name}")
            cast = f"(const {parameter.type}*)" if type_ != parameter.type else ""
            arguments.append(f"{cast}{parameter.name}")
        result = kernels()[name].parameters[-1]
        if result.name == SCRATCH:
            result = kernels()[name].parameters[-2]
        parts.append(
            f"#ifndef {own.upper()}\n#define {own.upper()}\n"
            f"{result.type} {own}({', '.join(parameters)}, int32_t last) {{\n"
            f"  {name}({', '.join(arguments)});\n"
            f"  return {result.name}[last];\n"
            f"}}\n#endif\n"
        )
    return "\n".join(parts)


def _scalar(type_: str) -> str:
    """The element type of the flat array that stands for an array of ``type_``: structs have int32 fields only."""
    if type_ in structs():
        return "int32_t"
    return scalar_types().get(type_, type_)
