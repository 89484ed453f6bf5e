"""Float32 operators of .tflite files against TFLite's reference kernels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from float_operators import Array, assert_close, values
from kernel_harness import run_model
from models.writer import ModelWriter
from operator_checks import check_prototypes
from oracles import tflite_reference

from arenite.frontends.tflite import parse_tflite

WINDOW = {"stride_h": 2, "stride_w": 1, "padding": "SAME"}
POOL = {**WINDOW, "filter_height": 3, "filter_width": 2}
AXES = np.array([1, 2], np.int32)
BORDER = np.array([[0, 0], [1, 2], [0, 1], [0, 0]], np.int32)
Source = tuple[int, ...] | Array
IMAGE = (1, 7, 6, 5)

CASES: dict[str, tuple[Sequence[Source], tuple[int, ...], dict[str, Any]]] = {
    "CONV_2D": ([IMAGE, values(6, 3, 3, 5), values(6)], (1, 4, 6, 6), {**WINDOW, "fused_activation_function": "RELU6"}),
    "DEPTHWISE_CONV_2D": ([IMAGE, values(1, 3, 3, 10), values(10)], (1, 4, 6, 10), {**WINDOW, "depth_multiplier": 2}),
    "FULLY_CONNECTED": ([(3, 9), values(7, 9), values(7)], (3, 7), {"fused_activation_function": "RELU"}),
    "AVERAGE_POOL_2D": ([IMAGE], (1, 4, 6, 5), POOL),
    "MAX_POOL_2D": ([IMAGE], (1, 4, 6, 5), {**POOL, "fused_activation_function": "RELU_N1_TO_1"}),
    "L2_POOL_2D": ([IMAGE], (1, 4, 6, 5), {**POOL, "fused_activation_function": "RELU6"}),
    "MEAN": ([IMAGE, AXES], (1, 5), {"keep_dims": False}),
    "SUM": ([IMAGE, AXES], (1, 1, 1, 5), {"keep_dims": True}),
    "REDUCE_MAX": ([IMAGE, AXES], (1, 5), {"keep_dims": False}),
    "ADD": ([IMAGE, values(5)], IMAGE, {"fused_activation_function": "RELU"}),
    "SUB": ([values(5), IMAGE], IMAGE, {}),
    "MUL": ([IMAGE, (1, 1, 1, 5)], IMAGE, {}),
    "DIV": ([IMAGE, 2 + np.abs(values(7, 1, 1))], IMAGE, {}),
    "MAXIMUM": ([IMAGE, values(1)], IMAGE, {}),
    "MINIMUM": ([IMAGE, IMAGE], IMAGE, {}),
    "PRELU": ([IMAGE, values(1, 1, 5)], IMAGE, {}),
    "SQUARED_DIFFERENCE": ([IMAGE, (5,)], IMAGE, {}),
    "PAD": ([IMAGE, BORDER], (1, 10, 7, 5), {}),
    "PADV2": ([IMAGE, BORDER, np.array([1.5], np.float32)], (1, 10, 7, 5), {}),
    "CONCATENATION": ([IMAGE, IMAGE], (1, 7, 6, 10), {"axis": -1}),
    "SOFTMAX": ([(3, 9)], (3, 9), {"beta": 0.5}),
    "LOG_SOFTMAX": ([(3, 9)], (3, 9), {}),
    "LOCAL_RESPONSE_NORMALIZATION": ([IMAGE], IMAGE, {"radius": 1, "alpha": 0.5, "beta": 0.7, "bias": 1.25}),
    "LOGISTIC": ([IMAGE], IMAGE, {}),
    "TANH": ([IMAGE], IMAGE, {}),
    "RELU6": ([IMAGE], IMAGE, {}),
    "RELU_N1_TO_1": ([IMAGE], IMAGE, {}),
    "LEAKY_RELU": ([IMAGE], IMAGE, {"alpha": 0.2}),
    "HARD_SWISH": ([IMAGE], IMAGE, {}),
    "GELU": ([IMAGE], IMAGE, {"approximate": True}),
    "RSQRT": ([IMAGE], IMAGE, {}),
}


@pytest.mark.parametrize("kind", CASES)
def test_operator(kind: str) -> None:
    sources, shape, options = CASES[kind]
    writer = ModelWriter()
    indices, inputs = [], []
    for number, source in enumerate(sources):
        if isinstance(source, np.ndarray):
            indices.append(writer.tensor(f"constant_{number}", source.shape, str(source.dtype), data=source))
        else:
            indices.append(writer.tensor(f"input_{number}", source, "float32"))
            inputs.append(indices[-1])
    result = writer.tensor("output", shape, "float32")
    writer.operator(kind, indices, [result], **options)
    data = writer.finish(inputs, [result])
    check_prototypes(data)
    model = parse_tflite(data, "test.tflite")
    arrays = [3 * values(*model.tensors[index].shape, seed=index) for index in inputs]
    if kind == "RSQRT":
        arrays = [np.abs(array) + np.float32(0.1) for array in arrays]
    assert_close(run_model(model, arrays)[result], tflite_reference(data, arrays)[result], 2e-6)
