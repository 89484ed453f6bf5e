"""Along axes, and from one type to another."""

from __future__ import annotations

from functools import partial

import numpy as np
from onnx import helper

from onnx_cases.samples import Cases, add_case, booleans, f32, floats, i64, integers, x3, x4

CASES: Cases = {}
case = partial(add_case, CASES)

for kind in (
    "ReduceMean",
    "ReduceSum",
    "ReduceMax",
    "ReduceMin",
    "ReduceProd",
    "ReduceL1",
    "ReduceL2",
    "ReduceSumSquare",
    "ReduceLogSum",
    "ReduceLogSumExp",
):
    name = kind.lower()
    x = floats(2, 5, 6, low=0.1 if kind == "ReduceLogSum" else -2)
    case(f"{name}_18", kind, x, i64(1), constants=(1,), opset=18)
    case(f"{name}_18_all", kind, x, keepdims=0, opset=18)
    if kind != "ReduceSum":
        case(f"{name}_13", kind, x, axes=[0, -1], keepdims=0, opset=13)
    case(f"{name}_11", kind, x, axes=[0, -1], keepdims=0, opset=11)
    case(f"{name}_11_all", kind, x, opset=11)
case("reducesum_13", "ReduceSum", x3, i64(0, 2), constants=(1,), keepdims=0, opset=13)
case("reducesum_noop", "ReduceSum", x3, noop_with_empty_axes=1, opset=13)
case("reducemax_int8", "ReduceMax", integers(4, 9), axes=[1], opset=13)
case("reducesum_int32", "ReduceSum", integers(4, 9, dtype="int32", low=-99, high=99), i64(1), constants=(1,), opset=13)
for kind in ("ArgMax", "ArgMin"):
    case(kind.lower(), kind, floats(3, 7), axis=1, keepdims=0)
    case(f"{kind.lower()}_ties", kind, integers(4, 9, low=0, high=2), axis=0)
    case(f"{kind.lower()}_last", kind, integers(4, 9, low=0, high=2), axis=0, select_last_index=1)
case("cumsum", "CumSum", x3, np.int64(1), constants=(1,))
case("cumsum_exclusive", "CumSum", x3, np.int64(-1), constants=(1,), exclusive=1)
case("cumsum_reverse", "CumSum", x3, np.int64(1), constants=(1,), reverse=1)
case("cumsum_int32", "CumSum", integers(3, 7, dtype="int32", low=-9, high=9), np.int32(0), constants=(1,))
for source, target in (
    ("float32", "int32"),
    ("int32", "float32"),
    ("float32", "int8"),
    ("int8", "float32"),
    ("int64", "float32"),
    ("float32", "int64"),
    ("bool", "float32"),
    ("float32", "bool"),
    ("int32", "int64"),
    ("int64", "int32"),
    ("uint8", "int8"),
    ("float32", "float64"),
    ("uint8", "float32"),
    ("float32", "uint8"),
):
    x = (
        floats(4, 9, low=0 if target == "uint8" else -100, high=100).round(1).astype(source)
        if source != "bool"
        else booleans(4, 9)
    )
    case(f"cast_{source}_{target}", "Cast", x, to=helper.np_dtype_to_tensor_dtype(np.dtype(target)))
case("cast_like", "CastLike", x3, i64(1), opset=15, constants=(1,))
case("one_hot", "OneHot", integers(3, 4, dtype="int64", low=0, high=4), np.int64(5), f32(-1, 2), constants=(1, 2))
case(
    "one_hot_axis", "OneHot", integers(3, 4, dtype="int64", low=-5, high=4), i64(5), f32(0, 1), constants=(1, 2), axis=1
)
case("dropout", "Dropout", x3)
case("quantize_linear", "QuantizeLinear", x4, f32(0.02), np.array([3], np.int8), constants=(1, 2), axis=0)
case("quantize_linear_scalar", "QuantizeLinear", x4, np.float32(0.02), np.int8(3), constants=(1, 2))
case(
    "quantize_linear_axis",
    "QuantizeLinear",
    x4,
    f32(0.02, 0.03, 0.01, 0.05),
    np.array([3, 0, -4, 1], np.int8),
    constants=(1, 2),
    axis=1,
)
case("quantize_linear_uint8", "QuantizeLinear", x4, np.float32(0.02), np.uint8(128), constants=(1, 2))
case("dequantize_linear", "DequantizeLinear", integers(1, 4, 6, 5), np.float32(0.02), np.int8(3), constants=(1, 2))
case(
    "dequantize_linear_axis",
    "DequantizeLinear",
    integers(1, 4, 6, 5),
    f32(0.02, 0.03, 0.01, 0.05),
    np.array([3, 0, -4, 1], np.int8),
    constants=(1, 2),
    axis=1,
)
case("dequantize_linear_int32", "DequantizeLinear", integers(4, 6, dtype="int32"), np.float32(0.02), constants=(1,))
case("dynamic_quantize_linear", "DynamicQuantizeLinear", x3, outputs=("y", "s", "z"))
