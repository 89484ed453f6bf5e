"""A model file as frozen, neutral data: what every frontend produces and everything behind it reads. No TVM.

Operator kinds and attribute names are those of TensorFlow Lite, in its spelling for kinds (``CONV_2D``) and in snake
case for attributes (``stride_h``); layout is NHWC. Other formats are turned into this vocabulary by their frontend;
what has no counterpart in it keeps the format's name, ``ONNX:Resize``, and its own layout.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod

import numpy as np
import numpy.typing as npt

ITEM_BYTES = {
    "int8": 1, "uint8": 1, "bool": 1, "int16": 2, "uint16": 2, "float16": 2, "bfloat16": 2, "int32": 4, "uint32": 4,
    "float32": 4, "int64": 8, "uint64": 8, "float64": 8, "complex64": 8, "complex128": 16,
    "int4": 1, "string": 4, "resource": 0, "variant": 0,
}  # fmt: skip
"""Bytes per element in memory. Four-bit integers are packed in files and one per byte in the arena; of a string only
the offset that TFLite stores for it is counted; handles of resources are compile-time constants."""


@dataclass(frozen=True)
class Quantisation:
    """``real = scale * (stored - zero_point)``. One entry per tensor, or one per slice along ``axis``.

    Scales are float32 values (held as Python floats without loss).
    """

    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    axis: int = 0

    @property
    def per_channel(self) -> bool:
        return len(self.scales) > 1

    @property
    def scale(self) -> float:
        return self.scales[0]

    @property
    def zero_point(self) -> int:
        return self.zero_points[0]


@dataclass(frozen=True, eq=False)
class Tensor:
    """``data`` is set for constants (weights, shapes ...) and has ``shape`` and ``dtype``, int8 for int4; activations
    have none.

    ``data`` may stay None for a constant whose dtype numpy does not know; ``constant`` tells.
    """

    index: int
    name: str
    shape: tuple[int, ...]
    dtype: str
    quantisation: Quantisation | None = None
    data: npt.NDArray[np.generic] | None = None
    constant: bool = False
    variable: bool = False

    @property
    def elements(self) -> int:
        return prod(self.shape)

    @property
    def bytes(self) -> int:
        return self.elements * ITEM_BYTES[self.dtype]


@dataclass(frozen=True)
class Operator:
    """``inputs`` and ``outputs`` are tensor indices; -1 stands for an optional input that is absent."""

    index: int
    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    attributes: Mapping[str, object] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return f"{self.kind} #{self.index}"


@dataclass(frozen=True)
class FileLayout:
    """How the file has a model input or output that the Model has with its axes in another order: the file's array of
    this shape, transposed by ``axes`` (numpy's convention), is the tensor."""

    shape: tuple[int, ...]
    axes: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Model:
    """The main subgraph of a model file. ``operators`` stand in file order, which is a valid order of execution.

    ``state_bytes`` live across inferences. ``call_bytes[n]`` is what a call of the file's subgraph n needs in the
    arena. ``folded``: operators of the file that are not among ``operators``, because their results are constants or
    because another one does their work, each with that one or one that needs its result; both by their indices in the
    file. ``shares``: operators of the file that an operator does a part of, by its index. ``layouts``: by tensor, for
    model inputs and outputs only. ``file_operators`` and ``file_tensors``: what has this index or a higher one was
    inserted by the frontend and is not the file's; None if nothing was. ``states``: the values before the first
    inference of the tensors that live across inferences, by index.
    """

    file: str
    name: str
    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    state_bytes: int = 0
    call_bytes: tuple[int, ...] = ()
    folded: Mapping[int, int] = field(default_factory=dict)
    shares: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    layouts: Mapping[int, FileLayout] = field(default_factory=dict)
    file_operators: int | None = None
    file_tensors: int | None = None
    states: Mapping[int, npt.NDArray[np.generic]] = field(default_factory=dict)
