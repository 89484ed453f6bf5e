"""A small file with something of everything that reader and planner treat specially: the target of mutations."""

from __future__ import annotations

import numpy as np
from models.writer import ModelWriter


def fuzz_target() -> bytes:
    """Convolutions, a branch, pooling, reshapes, a custom operator, both kinds of state, float at the boundary."""
    random = np.random.default_rng(7)
    w = ModelWriter()

    def weights(name: str, shape: tuple[int, ...], axis: int = 0) -> int:
        scales = [0.01 + 0.001 * channel for channel in range(shape[axis])]
        return w.tensor(name, shape, scale=scales, axis=axis, data=random.integers(-127, 128, shape))

    def bias(name: str, channels: int) -> int:
        return w.tensor(name, (channels,), "int32", scale=[0.001] * channels, data=random.integers(-99, 99, channels))

    given = w.tensor("serving_default_image:0", (1, 8, 8, 3), "float32")
    image = w.tensor("image", (1, 8, 8, 3), scale=0.05, zero_point=-3)
    w.operator("QUANTIZE", [given], [image])
    stem = w.tensor("stem", (1, 8, 8, 4), scale=0.1, zero_point=-128)
    w.operator(
        "CONV_2D",
        [image, weights("stem/w", (4, 3, 3, 3)), bias("stem/b", 4)],
        [stem],
        padding="SAME",
        stride_h=1,
        stride_w=1,
        fused_activation_function="RELU6",
    )
    branches = []
    for side in ("left", "right"):
        branch = w.tensor(side, (1, 8, 8, 4), scale=0.1, zero_point=5)
        w.operator(
            "DEPTHWISE_CONV_2D",
            [stem, weights(f"{side}/w", (1, 3, 3, 4), axis=3), bias(f"{side}/b", 4)],
            [branch],
            padding="SAME",
            stride_h=1,
            stride_w=1,
            depth_multiplier=1,
        )
        branches.append(branch)
    total = w.tensor("total", (1, 8, 8, 4), scale=0.2)
    w.operator("ADD", branches, [total], fused_activation_function="NONE")
    joined = w.tensor("joined", (1, 8, 8, 8), scale=0.2)
    w.operator("CONCATENATION", [total, stem], [joined], axis=3)
    padded = w.tensor("padded", (1, 10, 10, 8), scale=0.2)
    w.operator("PAD", [joined, w.tensor("paddings", (4, 2), "int32", data=[[0, 0], [1, 1], [1, 1], [0, 0]])], [padded])
    pooled = w.tensor("pooled", (1, 5, 5, 8), scale=0.2)
    w.operator(
        "AVERAGE_POOL_2D",
        [padded],
        [pooled],
        padding="VALID",
        stride_h=2,
        stride_w=2,
        filter_height=2,
        filter_width=2,
    )
    mean = w.tensor("mean", (1, 8), scale=0.15)
    w.operator("MEAN", [pooled, w.tensor("axes", (2,), "int32", data=[1, 2])], [mean], keep_dims=False)
    wide = w.tensor("wide", (1, 1, 8), scale=0.15)
    w.operator("RESHAPE", [mean, w.tensor("shape", (3,), "int32", data=[1, 1, 8])], [wide], new_shape=[1, 1, 8])
    special = w.tensor("special", (1, 1, 8), scale=0.15)
    w.operator("CUSTOM:Special", [wide], [special])
    flat = w.tensor("flat", (1, 8), scale=0.15)
    w.operator("SQUEEZE", [special], [flat], squeeze_dims=[1])
    handle = w.tensor("handle", (1,), "resource")
    w.operator("VAR_HANDLE", [], [handle], container="", shared_name="history")
    old = w.tensor("old", (1, 8), scale=0.15)
    w.operator("READ_VARIABLE", [handle], [old])
    scaled = w.tensor("scaled", (1, 8), scale=0.15)
    w.operator("MUL", [flat, old], [scaled], fused_activation_function="NONE")
    w.operator("ASSIGN_VARIABLE", [handle, scaled], [])
    memory = w.tensor("memory", (1, 32), scale=0.1, variable=True)
    logits = w.tensor("logits", (1, 4), scale=0.1)
    w.operator("SVDF", [scaled, weights("features", (8, 8)), weights("time", (8, 4)), -1, memory], [logits], rank=2)
    turned = w.tensor("turned", (4, 1), scale=0.1)
    w.operator("TRANSPOSE", [logits, w.tensor("order", (2,), "int32", data=[1, 0])], [turned])
    dense = w.tensor("dense", (4, 4), scale=0.1)
    w.operator("FULLY_CONNECTED", [turned, weights("dense/w", (4, 1)), -1], [dense], fused_activation_function="RELU")
    curve = w.tensor("curve", (4, 4), scale=1 / 256, zero_point=-128)
    w.operator("LOGISTIC", [dense], [curve])
    chance = w.tensor("chance", (4, 4), scale=1 / 256, zero_point=-128)
    w.operator("SOFTMAX", [curve], [chance], beta=1.0)
    answer = w.tensor("StatefulPartitionedCall:0", (4, 4), "float32")
    w.operator("DEQUANTIZE", [chance], [answer])
    return w.finish([given], [answer, dense])
