"""What TVM's importer computes of indices, computed: TVM's FoldConstant compiles a program for each such operator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.passes.bindings import operator_name
from arenite.tvm_compat import IRModule, constant_value, relax, tirx, tvm

Array = npt.NDArray[Any]

OPERATORS: dict[str, Callable[..., Array]] = {
    "relax.less": np.less,
    "relax.add": np.add,
    "relax.where": np.where,
    "relax.shape_to_tensor": lambda extents: extents,
}
"""On integers and truth values, of equal type where there are two: results are those of TVM, bit for bit."""


def fold_indices(module: IRModule) -> IRModule:
    """``main`` with the values of these operators in their place, where all operands are known; the extents of a tensor
    are. A module that is not one dataflow block stays as it is."""
    function = module["main"]
    if len(function.body.blocks) != 1 or not isinstance(function.body.blocks[0], relax.DataflowBlock):
        return module
    (block,) = function.body.blocks
    known: dict[Any, Array] = {}
    bindings = []
    for binding in block.bindings:
        value = _value(binding.value, known)
        if value is not None and isinstance(binding.var, relax.DataflowVar):
            known[binding.var] = value
            if not isinstance(binding.var.ty, relax.ShapeType):
                binding = relax.VarBinding(binding.var, relax.const(value, value.dtype.name))  # int32 by default
        bindings.append(binding)
    body = relax.SeqExpr([relax.DataflowBlock(bindings)], function.body.body)
    changed = IRModule(dict(module.functions_items()), attrs=module.attrs)
    changed["main"] = relax.Function(function.params, body, function.ret_ty, function.is_pure, function.attrs)
    return changed


def _value(expr: Any, known: dict[Any, Array]) -> Array | None:
    """Of an expression of integers or truth values; None for any other, and where it is not known."""
    if isinstance(expr, relax.Var):
        return known.get(expr)
    if not isinstance(expr, tvm.ir.Call):
        value = constant_value(expr)
        return value if value is not None and value.dtype.kind in "biu" else None
    name = operator_name(expr)
    if name == "relax.shape_of":
        return _extents(expr.args[0].ty)
    operands = [_value(argument, known) for argument in expr.args]
    present = [operand for operand in operands if operand is not None]
    if not operands or len(present) < len(operands):
        return None
    if name == "relax.astype":
        dtype = np.dtype(str(expr.attrs.dtype))
        return present[0].astype(dtype) if dtype.kind in "biu" else None
    if name == "relax.take":
        values, at = present
        if values.ndim != 1:
            return None
        lowest = -len(values) if expr.attrs.mode == "wrap" else 0
        return np.asarray(values[at]) if np.all((at >= lowest) & (at < len(values))) else None
    if name not in OPERATORS or len({operand.dtype for operand in present[-2:]}) > 1:
        return None
    return np.asarray(OPERATORS[name](*present))


def _extents(type_: Any) -> Array | None:
    shape = getattr(type_, "shape", None)
    extents = list(shape.values) if isinstance(shape, relax.ShapeExpr) else None
    if extents is None or not all(isinstance(extent, tirx.IntImm) for extent in extents):
        return None
    return np.array([int(extent) for extent in extents], np.int64)
