"""Indices that are computed at import are those that TVM computes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tvm_ffi
from onnx import helper, numpy_helper

from arenite.codegen.description import Array
from arenite.frontends.onnx.fold_indices import fold_indices
from arenite.passes.bindings import operator_name
from arenite.tvm_compat import constant, constant_value, relax, tvm


def gather(indices: Array | None, axis: int) -> Any:
    """TVM's import of a Gather from [3, 4, 5]; the indices come from outside if they are not given."""
    from tvm.relax.frontend.onnx import from_onnx

    inputs = [helper.make_tensor_value_info("x", 1, (3, 4, 5))]
    inputs += [] if indices is not None else [helper.make_tensor_value_info("at", 6, (2,))]
    constants = [] if indices is None else [numpy_helper.from_array(indices, "at")]
    node = helper.make_node("Gather", ["x", "at"], ["y"], axis=axis)
    graph = helper.make_graph([node], "g", inputs, [helper.make_empty_tensor_value_info("y")], constants)
    return from_onnx(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8))


def folded(module: Any) -> Any:
    transform = relax.transform
    return tvm.transform.Sequential([transform.FoldConstant(), transform.DeadCodeElimination()])(module)


def operators(module: Any) -> list[str]:
    return [operator_name(binding.value) for block in module["main"].body.blocks for binding in block.bindings]


@pytest.mark.parametrize("dtype", [np.int64, np.int32])
@pytest.mark.parametrize("indices", [[2, -1, 0], [[-3, 1]], -2])
@pytest.mark.parametrize("axis", [0, -1])
def test_constants_are_those_of_tvm(dtype: Any, indices: Any, axis: int) -> None:
    module = gather(np.array(indices, dtype), axis)
    ours = relax.transform.DeadCodeElimination()(fold_indices(module))
    assert [name for name in operators(ours) if name] == ["relax.take"]
    if dtype == np.int64:  # of int32, TVM leaves more to LegalizeOps
        assert tvm_ffi.structural_equal(folded(ours), folded(module), map_free_vars=True)
    (binding,) = folded(ours)["main"].body.blocks[0].bindings
    found = constant_value(binding.value.args[1])
    assert found is not None
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, np.array(indices) % (3, 4, 5)[axis])


def test_indices_from_outside_stay() -> None:
    module = gather(None, 1)
    assert {"relax.less", "relax.where", "relax.take"} <= set(operators(fold_indices(module)))


def test_real_numbers_and_indices_out_of_bounds_stay() -> None:
    builder = relax.BlockBuilder()
    x = relax.Var("x", relax.TensorType((2,), "float32"))
    with builder.function("main", [x]):
        with builder.dataflow():
            numbers = constant(np.array([1.5, 2.5], np.float32))
            total = builder.emit(relax.op.add(numbers, numbers))
            extents = builder.emit(relax.op.shape_to_tensor(builder.emit(relax.op.shape_of(x))))
            far = builder.emit(relax.op.take(extents, constant(np.array(7, np.int64)), axis=0, mode="wrap"))
            result = builder.emit_output(relax.Tuple([total, far]))
        builder.emit_func_output(result)
    module = builder.get()
    assert next(name for name in operators(fold_indices(module)) if name) == "relax.add"
    assert "relax.take" in operators(fold_indices(module))
