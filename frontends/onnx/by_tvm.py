"""One ONNX node through TVM's own importer, as steps of the function that is being built.

TVM imports a model of this one node; what it makes is legalised, folded and fused on its own, so that the module around
it keeps its operators apart, and is then copied in.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

from arenite.errors import UnsupportedError
from arenite.frontends.model import Model, Operator
from arenite.frontends.onnx.fold_indices import fold_indices
from arenite.frontends.to_graph import step_name
from arenite.passes.bindings import operator_name
from arenite.passes.fuse_loops import fuse_loops
from arenite.tvm_compat import IRModule, constant_value, dtype_name, quiet, relax, tirx, tvm
from arenite.tvm_loops import allow_fusion, is_loops

REMEDY = "use `arenite plan`, which takes any operator"


def import_node(model: Model, operator: Operator) -> IRModule:
    """The module of an ``ONNX:`` operator: ``main`` maps the operator's activations, each once, to its outputs, and
    every binding has a C form.

    Raises UnsupportedError where TVM cannot import the node, or makes of it what has no C form.
    """
    from arenite.frontends.onnx.node_model import node_model  # needs onnx, which models of other formats do not

    problem = None
    with quiet():
        try:
            module = _fused(_legalised(node_model(model, operator)))
        except Exception as cause:  # TVM's importer raises whatever it pleases
            lines = [line.strip() for line in str(cause).splitlines() if line.strip()]
            problem = f"TVM cannot import it: {(lines or [type(cause).__name__])[-1]}"
            traceback.clear_frames(cause.__traceback__)  # what TVM has to say about its own remains is said now
    if problem is None:
        problem = _without_c_form(module) or _not_as_declared(module, model, operator)
    if problem is not None:
        raise UnsupportedError(problem, file=model.file, operator=operator.label, remedy=REMEDY)
    return module


def emit_node(builder: Any, operator: Operator, module: IRModule, values: dict[int, Any]) -> None:
    """Add the steps of an imported node to the builder's current block; its results join ``values``, which map tensors
    of the model to variables."""
    main, step = module["main"], step_name(operator)
    activations = [int(parameter.name[1:]) for parameter in main.params]
    renamed = {parameter: values[index] for parameter, index in zip(main.params, activations, strict=True)}
    functions: dict[Any, Any] = {}
    bindings = _bindings(module)
    outputs = [index for index in operator.outputs if index >= 0]
    names: dict[Any, str] = {}
    for result, index in zip(_results(module), outputs, strict=False):
        names.setdefault(result, f"t{index}")

    def new(expr: Any) -> Any:
        if isinstance(expr, relax.Var):
            return renamed[expr]
        if isinstance(expr, relax.Tuple):
            return relax.Tuple([new(field) for field in expr.fields])
        if isinstance(expr, relax.TupleGetItem):
            return relax.TupleGetItem(new(expr.tuple_value), expr.index)
        return expr

    for binding in bindings:
        value = binding.value
        if isinstance(value, tvm.ir.Call) and operator_name(value) == "relax.reshape":
            copied = relax.op.reshape(new(value.args[0]), value.args[1])
        elif isinstance(value, tvm.ir.Call):
            function, arguments = value.args[:2]
            if function not in functions:
                primitive = module[function].with_attr("arenite.step", step)
                functions[function] = builder.add_func(primitive, f"{step}_{function.name_hint}")
            (result,) = value.ty_args
            types = list(result.fields) if isinstance(result, relax.TupleType) else [result]
            copied = relax.call_tir(functions[function], new(arguments), out_ty=types)
        elif isinstance(value, relax.TupleGetItem):
            copied = new(value)
        else:
            renamed[binding.var] = new(value)
            continue
        renamed[binding.var] = builder.emit(copied, name_hint=names.get(binding.var, f"{step}_part"))
    for result, index in zip(_results(module), outputs, strict=False):
        value = new(result)
        values[index] = value if isinstance(value, relax.Var) else builder.emit(value, name_hint=f"t{index}")


def _legalised(model: Any) -> IRModule:
    from tvm.relax.backend import DispatchSortScan
    from tvm.relax.frontend.onnx import from_onnx

    transform = relax.transform
    module = fold_indices(from_onnx(model))
    with tvm.target.Target("llvm"):  # what does not depend on the CPU: scans as loops
        module = DispatchSortScan()(module)
    return tvm.transform.Sequential(
        [
            transform.DecomposeOpsForInference(),
            transform.FoldConstant(),
            transform.LegalizeOps(skip_ops=["relax.reshape"]),
            transform.FoldConstant(),
            transform.DeadCodeElimination(),
        ]
    )(module)


def _fused(module: IRModule) -> IRModule:
    transform = relax.transform
    annotated = _each_primitive(allow_fusion, transform.AnnotateTIROpPattern()(module))
    fused = [transform.FuseOps(), transform.FuseTIR(), transform.DeadCodeElimination()]
    return _each_primitive(fuse_loops, tvm.transform.Sequential(fused)(annotated))


def _each_primitive(change: Callable[[Any], Any], module: IRModule) -> IRModule:
    return IRModule(
        {
            variable: change(function) if isinstance(function, tirx.PrimFunc) else function
            for variable, function in module.functions_items()
        }
    )


def _bindings(module: IRModule) -> list[Any]:
    return [binding for block in module["main"].body.blocks for binding in block.bindings]


def _results(module: IRModule) -> list[Any]:
    """What ``main`` returns: variables, constants, or fields of a variable that is a tuple."""
    body = module["main"].body.body
    bound = {binding.var: binding.value for binding in _bindings(module)}
    while isinstance(body, relax.Var) and isinstance(bound.get(body), relax.Var | relax.Tuple):
        body = bound[body]
    if isinstance(body, relax.Tuple):
        return list(body.fields)
    if isinstance(body.ty, relax.TupleType):
        return [relax.TupleGetItem(body, index) for index in range(len(body.ty.fields))]
    return [body]


def _without_c_form(module: IRModule) -> str | None:
    """What is wrong with the bindings."""
    for binding in _bindings(module):
        value = binding.value
        if isinstance(value, tvm.ir.Call):
            name = operator_name(value)
            if name == "relax.reshape":
                continue
            called = value.args[0] if value.args else None
            packed = str(getattr(called, "global_symbol", getattr(called, "name_hint", name)))
            if name != "relax.call_tir" or not is_loops(module[called]):
                return f"TVM calls its own run-time library for it ({packed})"
        elif not isinstance(value, relax.Var | relax.Tuple | relax.TupleGetItem) and constant_value(value) is None:
            return f"TVM makes a {type(value).__name__} of it, which has no C form"
    return None


def _not_as_declared(module: IRModule, model: Model, operator: Operator) -> str | None:
    """What is wrong with the results, which must have shape and type of the model's tensors."""
    outputs = [model.tensors[index] for index in operator.outputs if index >= 0]
    results = _results(module)
    if len(results) < len(outputs):
        return f"TVM makes {len(results)} results of it, the file has {len(outputs)}"
    for result, tensor in zip(results, outputs, strict=False):
        if constant_value(result) is not None:
            return f"the result {tensor.name} is a constant"
        type_ = relax.BlockBuilder().normalize(result).ty if isinstance(result, relax.TupleGetItem) else result.ty
        if not isinstance(type_, relax.TensorType) or not hasattr(type_.shape, "values"):
            return f"TVM does not know the shape of the result {tensor.name}"
        if not all(isinstance(extent, tirx.IntImm) for extent in type_.shape.values):
            return f"the shape of the result {tensor.name} depends on values at run time"
        shape = tuple(int(extent) for extent in type_.shape.values)
        if shape != tuple(tensor.shape) or dtype_name(type_) != tensor.dtype:
            found, wanted = f"{dtype_name(type_)}{list(shape)}", f"{tensor.dtype}{list(tensor.shape)}"
            return f"TVM makes the result {tensor.name} {found}, the file says {wanted}"
    return None
