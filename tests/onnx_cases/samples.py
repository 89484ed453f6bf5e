"""Sample values, the same in every run, and how cases are noted."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from onnx_nodes import NodeCase

Array = npt.NDArray[Any]
Cases = dict[str, NodeCase]


def floats(*shape: int, low: float = -2, high: float = 2) -> Array:
    return np.random.default_rng(sum(shape)).uniform(low, high, shape).astype(np.float32)


def integers(*shape: int, dtype: str = "int8", low: int | None = None, high: int | None = None) -> Array:
    limits = np.iinfo(dtype)
    low, high = limits.min if low is None else low, limits.max if high is None else high
    return np.random.default_rng(sum(shape)).integers(low, high, shape, dtype, endpoint=True)


def booleans(*shape: int) -> Array:
    return np.random.default_rng(sum(shape)).integers(0, 2, shape).astype(bool)


def i64(*values: int) -> Array:
    return np.array(values, np.int64)


def f32(*values: float) -> Array:
    return np.array(values, np.float32)


def add_case(
    cases: Cases,
    name: str,
    kind: str,
    *inputs: Array | None,
    constants: Any = (),
    outputs: Any = ("y",),
    opset: int = 17,
    **attributes: Any,
) -> None:
    """Notes a node under a name that is new; ``constants`` are places of inputs."""
    assert name not in cases
    cases[name] = NodeCase(kind, inputs, attributes, constants, outputs, opset)


x4 = floats(1, 4, 6, 5)
x3 = floats(2, 5, 6)
