"""Nodes that do not compile, and what is said of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx_nodes import NodeCase

from onnx_cases.samples import Array, booleans, f32, floats, i64, integers, x3, x4

REFUSED: dict[str, tuple[NodeCase, str]] = {}
NO_TVM = "does not compile"


def refused(
    name: str,
    reason: str,
    kind: str,
    *inputs: Array | None,
    constants: Any = (),
    outputs: Any = ("y",),
    opset: int = 17,
    **attributes: Any,
) -> None:
    REFUSED[name] = (NodeCase(kind, inputs, attributes, constants, outputs, opset), reason)


refused("isinf_positive", "one sign", "IsInf", f32(1, np.inf, -np.inf, np.nan), detect_negative=0, opset=20)
refused("reverse_sequence", NO_TVM, "ReverseSequence", x4, i64(3), batch_axis=0, time_axis=1)
refused("slice_runtime", "input 1 is computed", "Slice", x3, i64(1), i64(3), constants=(2,))
refused("max_pool_indices", "2 results", "MaxPool", x4, kernel_shape=[2, 2], outputs=("y", "i"))
refused(
    "resize_antialias",
    "aliasing",
    "Resize",
    x4,
    None,
    f32(1, 1, 0.5, 0.5),
    constants=(2,),
    mode="linear",
    antialias=1,
    opset=18,
)
refused(
    "resize_int8",
    "interpolates int8",
    "Resize",
    integers(1, 4, 6, 5),
    None,
    f32(1, 1, 2, 2),
    constants=(2,),
    mode="linear",
)
refused("topk", NO_TVM, "TopK", x3, i64(3), constants=(1,), outputs=("v", "i"))
refused("shape", NO_TVM, "Shape", x3)
refused("non_zero", NO_TVM, "NonZero", booleans(3, 4))
refused("unique", NO_TVM, "Unique", x3)
refused("compress", NO_TVM, "Compress", x3, np.array([True, False]), constants=(1,), axis=0)
refused(
    "non_max_suppression",
    NO_TVM,
    "NonMaxSuppression",
    floats(1, 6, 4, low=0, high=1),
    floats(1, 1, 6, low=0, high=1),
    i64(3),
    f32(0.5),
    constants=(2, 3),
)
refused("lstm", NO_TVM, "LSTM", floats(5, 2, 4), floats(1, 12, 4), floats(1, 12, 3), constants=(1, 2), hidden_size=3)
refused("gru", NO_TVM, "GRU", floats(5, 2, 4), floats(1, 9, 4), floats(1, 9, 3), constants=(1, 2), hidden_size=3)
refused(
    "attention",
    NO_TVM,
    "com.microsoft:Attention",
    floats(1, 5, 8),
    floats(8, 24),
    floats(24),
    constants=(1, 2),
    num_heads=2,
)
refused("det", NO_TVM, "Det", floats(3, 3))
refused("constants", "constants only", "Relu", floats(3), constants=(0,))
refused(
    "pow_int32",
    "the base is int32",
    "Pow",
    integers(3, dtype="int32", low=0, high=5),
    integers(3, dtype="int32", low=0, high=5),
)
refused(
    "roi_align_max",
    "averages",
    "RoiAlign",
    x4,
    f32(0, 0, 4, 4, 1, 1, 3, 5).reshape(2, 4),
    i64(0, 0),
    output_height=2,
    output_width=2,
    sampling_ratio=2,
    mode="max",
)
refused("cast_float16", "float16", "Cast", x3, to=10)
