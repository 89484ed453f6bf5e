"""Model -> tvm.IRModule: one ``call_tir`` per operator, on PrimFuncs that call row kernels by name.

The module is self-contained: weights, tables and layer structs are Relax constants, names and quantisation of the
model's inputs and outputs stand in the attribute ``arenite.model`` of ``main``. Variable ``t12`` is tensor 12 in the
file.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.codegen.kernels import kernels
from arenite.codegen.kernels.rows import SCRATCH
from arenite.errors import UnsupportedError
from arenite.frontends.bodies import choose
from arenite.frontends.c_names import unique_c_name
from arenite.frontends.lowering import Lowering
from arenite.frontends.model import Model, Operator
from arenite.frontends.onnx.by_tvm import emit_node, import_node
from arenite.frontends.operators import lower_all
from arenite.frontends.operators.onnx_node import FROM_ONNX
from arenite.frontends.relax_states import STATES_ATTRIBUTE, states_text
from arenite.target import PORTABLE, Target
from arenite.tvm_compat import IRModule, Parameter, constant, kernel_function, relax, tensor_type

MODEL_ATTRIBUTE = "arenite.model"


def to_relax(model: Model, target: Target = PORTABLE) -> IRModule:
    """The IRModule of a model whose operators are all supported; ``main`` maps its inputs to its outputs, and states
    behind the inputs to states behind the outputs (``relax_states``).

    ``target``: which bodies of the kernels it calls.

    Raises UnsupportedError that lists every operator which cannot be compiled.
    """
    lowerings = [lowering for lowering in choose(lower_all(model), target) if lowering is not None]
    _check_boundary(model)
    imported = _imported_nodes(model, lowerings)
    builder = relax.BlockBuilder()
    values: dict[int, Any] = {
        index: relax.Var(f"t{index}", tensor_type(model.tensors[index].shape, model.tensors[index].dtype))
        for index in (*model.inputs, *model.states)
    }
    with builder.function("main", list(values.values())):
        with builder.dataflow():
            for operator, lowering in zip(model.operators, lowerings, strict=True):
                if operator.index in imported:
                    emit_node(builder, operator, imported[operator.index], values)
                else:
                    _emit_operator(builder, model, operator, lowering, values)
            results = [builder.emit_output(values[index]) for index in (*model.outputs, *model.states)]
        builder.emit_func_output(results[0] if len(results) == 1 else relax.Tuple(results))
    module = builder.finalize()
    main = module["main"].with_attr(MODEL_ATTRIBUTE, json.dumps(_description(model), sort_keys=True))
    module["main"] = main.with_attr(STATES_ATTRIBUTE, states_text(model)) if model.states else main
    return module


def _check_boundary(model: Model) -> None:
    written = {index for operator in model.operators for index in operator.outputs}
    for index in model.outputs:
        if index in model.states or (index not in written and index not in model.inputs):
            raise UnsupportedError(
                f"output tensor {index} ({model.tensors[index].name}) is a constant",
                file=model.file,
                remedy="remove this output from the model",
            )


def _imported_nodes(model: Model, lowerings: Sequence[Lowering]) -> dict[int, IRModule]:
    """The module of every operator that TVM imports from ONNX, by the operator's index."""
    found: dict[int, IRModule] = {}
    for operator, lowering in zip(model.operators, lowerings, strict=True):
        if lowering.relax_op is not None and lowering.relax_op[0] == FROM_ONNX:
            found[operator.index] = import_node(model, operator)
    return found


def _emit_operator(builder: Any, model: Model, operator: Operator, lowering: Lowering, values: dict[int, Any]) -> None:
    if lowering.alias:
        (source,), (result,) = lowering.inputs, lowering.outputs
        reshaped = relax.op.reshape(values[source], model.tensors[result].shape)
        values[result] = builder.emit(reshaped, name_hint=f"t{result}")
        return
    if lowering.relax_op is not None:
        name, attributes = lowering.relax_op
        function = relax.op
        for part in name.split(".")[1:]:
            function = getattr(function, part)
        (result,) = lowering.outputs
        value = function(*(values[index] for index in lowering.inputs), **attributes)
        values[result] = builder.emit(value, name_hint=f"t{result}")
        return
    parameters, calls, constants = _kernel_calls(model, lowering)
    step = f"{operator.kind.lower()}_{operator.index}"
    function = builder.add_func(kernel_function(parameters, calls, {"arenite.step": step}), step)
    written = [p for p in parameters if p.written]
    states = _overwritten(model, lowering)
    results = [*states, *(index for index in lowering.outputs if index not in states)]
    arguments = [*(values[index] for index in lowering.inputs), *(constant(array) for array in constants)]
    types = [tensor_type(p.shape, p.dtype) for p in written]
    if states:
        places = [len(arguments) + place for place in range(len(states))] + [-1] * (len(types) - len(states))
        arguments += (values[index] for index in states)
        call = relax.op.call_tir_inplace(function, relax.Tuple(arguments), places, types)
    else:
        call = relax.call_tir(function, relax.Tuple(arguments), out_ty=types)
    if len(written) == 1:
        values[results[0]] = builder.emit(call, name_hint=f"t{results[0]}")
        return
    together = builder.emit(call, name_hint=f"{step}_results")
    for position, index in enumerate(results):
        values[index] = builder.emit(relax.TupleGetItem(together, position), name_hint=f"t{index}")


def _overwritten(model: Model, lowering: Lowering) -> tuple[int, ...]:
    """The states that an operator changes: its own, and those that its results are."""
    return (*lowering.states, *(index for index in lowering.outputs if index in model.states))


def _kernel_calls(
    model: Model, lowering: Lowering
) -> tuple[list[Parameter], list[tuple[str, list[str]]], list[npt.NDArray[np.generic]]]:
    """Parameters in the order inputs, constants, states, outputs, scratch; the calls on them; the constants' values."""

    def tensor(name: str, index: int, *, written: bool) -> Parameter:
        return Parameter(name, model.tensors[index].shape, model.tensors[index].dtype, written)

    inputs = {index: tensor(f"input_{i}", index, written=False) for i, index in enumerate(lowering.inputs)}
    # In the order of the kernels' parameters; in the function's, what is overwritten comes first.
    results = [tensor(f"state_{i}", index, written=True) for i, index in enumerate(lowering.states)]
    results += [tensor(f"output_{i}", index, written=True) for i, index in enumerate(lowering.outputs)]
    first = [index in model.states for index in (*lowering.states, *lowering.outputs)]
    if lowering.scratch_bytes:
        results.append(Parameter(SCRATCH, (-(-lowering.scratch_bytes // 4),), "int32", written=True))
    parameters: list[Parameter] = []
    constants: list[npt.NDArray[np.generic]] = []
    calls: list[tuple[str, list[str]]] = []
    for number, call in enumerate(lowering.calls):
        suffix = f"_{number}" if len(lowering.calls) > 1 else ""
        arrays = {"layer": np.array(list(call.layer.values()), np.int32), **call.constants}
        own = {name: Parameter(f"{name}{suffix}", array.shape, str(array.dtype)) for name, array in arrays.items()}
        parameters += own.values()
        constants += arrays.values()
        names = [p.name for name, p in own.items() if name != "layer"]
        takes_scratch = kernels()[call.kernel].parameters[-1].name == SCRATCH
        written = [p.name for p in results if p.name != SCRATCH or takes_scratch]
        order = [own["layer"].name, *(inputs[index].name for index in call.inputs), *names, *written]
        calls.append((call.kernel, order))
    ordered = [p for p, early in zip(results, first, strict=False) if early]
    ordered += [p for p in results if p not in ordered]
    return [*inputs.values(), *parameters, *ordered], calls, constants


def _description(model: Model) -> dict[str, Any]:
    """Names, shapes and quantisation at the boundary, and which operator of the file computes which tensor."""
    taken: set[str] = set()

    def port(index: int) -> dict[str, Any]:
        tensor = model.tensors[index]
        quantisation, layout = tensor.quantisation, model.layouts.get(index)
        return {
            "tensor": f"t{index}",
            "name": tensor.name,
            "c_name": unique_c_name(tensor.name, taken),
            "dtype": tensor.dtype,
            "shape": list(tensor.shape),
            "scale": quantisation.scale if quantisation else None,
            "zero_point": quantisation.zero_point if quantisation else None,
            **({"file_shape": list(layout.shape), "file_axes": list(layout.axes)} if layout else {}),
        }

    inputs = [port(index) for index in model.inputs]
    taken.clear()
    return {
        "name": model.name,
        "inputs": inputs,
        "outputs": [port(index) for index in model.outputs],
        "operators": {
            f"t{index}": [operator.kind, operator.index] for operator in model.operators for index in operator.outputs
        },
    }
