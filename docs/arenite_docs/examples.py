"""One model of one operator for each kind and type: what the table of types tries. Shapes that fall into rows if
anything of the kind does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
import numpy.typing as npt

from arenite.frontends.model import Model, Operator, Quantisation, Tensor

Array = npt.NDArray[np.generic]

IMAGE = (1, 6, 4, 8)
SCALES = {"int8": (0.05, 0), "uint8": (0.05, 128), "int16": (2.0**-11, 0)}
"""Scale and zero point."""
PARTS = {"int8": (1 / 256, -128), "uint8": (1 / 256, 0), "int16": (2.0**-15, 0)}
"""Of what goes from 0 to 1."""
SYMMETRIC = {"int8": (1 / 128, 0), "uint8": (1 / 128, 128), "int16": (2.0**-15, 0)}
"""Of what goes from -1 to 1."""
LOGARITHMS = {"int8": (1 / 16, 127), "uint8": (1 / 16, 255)}
"""Of what goes from -16 to 0."""
WINDOW = {
    "padding": "SAME", "stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1, "filter_height": 2,
    "filter_width": 2, "fused_activation_function": "NONE", "depth_multiplier": 1, "quantized_bias_type": "FLOAT32",
}  # fmt: skip


@dataclass(frozen=True)
class Example:
    """``inputs``: a shape, a shape with a type, or a constant. ``result`` is a shape, or several."""

    inputs: Sequence[object]
    result: Sequence[int] | Sequence[Sequence[int]]
    attributes: Mapping[str, object]
    result_type: str = ""
    scales: Mapping[str, tuple[float, int]] | None = None


def _of(
    *inputs: object,
    result: Sequence[int] | Sequence[Sequence[int]] = IMAGE,
    to: str = "",
    scales: Mapping[str, tuple[float, int]] | None = None,
    **attributes: object,
) -> Example:
    return Example(inputs or (IMAGE,), result, attributes, to, scales)


def _ints(*values: object) -> Array:
    return np.array(values, np.int32)


def _filters(dtype: str, *shape: int) -> tuple[Array, Quantisation | None]:
    """Weights of integers, or of floats."""
    if dtype == "float32":
        return np.ones(shape, np.float32), None
    return np.ones(shape, np.uint8 if dtype == "uint8" else np.int8), Quantisation((0.01,), (0,))


def example(kind: str, dtype: str) -> Model | None:
    """A model of one operator of this kind, its activations of this type; None for a kind that has no example."""
    found = _example(kind, dtype)
    if found is None:
        return None
    tensors: list[Tensor] = []

    def add(shape: Sequence[int], own: str, data: Array | None = None, scales: Quantisation | None = None) -> int:
        constant = data is not None
        tensors.append(Tensor(len(tensors), f"t{len(tensors)}", tuple(shape), own, scales, data, constant))
        return len(tensors) - 1

    def quantised(own: str, table: Mapping[str, tuple[float, int]] | None = None) -> Quantisation | None:
        scale = (table or SCALES).get(own)
        return Quantisation((scale[0],), (scale[1],)) if scale else None

    reads: list[int] = []
    for source in found.inputs:
        if isinstance(source, np.ndarray):
            reads.append(add(source.shape, str(source.dtype), source))
        elif isinstance(source, tuple) and source and isinstance(source[0], np.ndarray):
            reads.append(add(source[0].shape, str(source[0].dtype), source[0], source[1]))
        elif isinstance(source, tuple) and source and isinstance(source[0], tuple):
            reads.append(add(source[0], source[1], None, quantised(source[1])))
        else:
            assert isinstance(source, tuple)
            reads.append(add(source, dtype, None, quantised(dtype)))
    to = found.result_type or dtype
    shapes = found.result if found.result and isinstance(found.result[0], tuple) else [found.result]
    results = tuple(add(shape, to, None, quantised(to, found.scales)) for shape in shapes)  # type: ignore[arg-type]
    operator = Operator(0, kind, tuple(reads), results, found.attributes)
    inputs = tuple(tensor.index for tensor in tensors if not tensor.constant and tensor.index not in results)
    return Model("example", "example", tuple(tensors), (operator,), inputs, results)


def _example(kind: str, dtype: str) -> Example | None:
    fused = {"fused_activation_function": "NONE"}
    if kind in ("CONV_2D", "FULLY_CONNECTED", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV"):
        return _weighted(kind, dtype)
    if kind.startswith("UNI") or kind in _ELSEWHERE:
        return None
    if kind in _OTHERS:
        return _OTHERS[kind]
    if kind == "CAST":
        return _of(to="int8" if dtype == "float32" else "float32")
    if kind == "QUANTIZE":
        return _of(to="int8")
    if kind == "DEQUANTIZE":
        return _of(to="float32")
    if kind == "EMBEDDING_LOOKUP":
        return _of(((2,), "int32"), np.ones((6, 8), dtype), result=(2, 8))
    if kind == "PADV2":
        scale = SCALES.get(dtype)
        value = (np.zeros(1, dtype), Quantisation((scale[0],), (scale[1],)) if scale else None)
        return _of(IMAGE, _ints((0, 0), (1, 1), (0, 0), (0, 0)), value, result=(1, 8, 4, 8))
    if kind in _OF_TWO:
        return _of(IMAGE, IMAGE, to="bool" if kind in _COMPARED else "", **fused)
    return _of(alpha=0.5, beta=1.0, **fused)


def _weighted(kind: str, dtype: str) -> Example:
    options = {**WINDOW, "weights_format": "DEFAULT", "keep_num_dims": False}
    if kind == "FULLY_CONNECTED":
        return _of((6, 8), _filters(dtype, 4, 8), result=(6, 4), **options)
    if kind == "TRANSPOSE_CONV":
        return _of(_ints(1, 12, 8, 4), _filters(dtype, 4, 2, 2, 8), IMAGE, result=(1, 12, 8, 4), **_STRIDED)
    if kind == "CONV_2D":
        return _of(IMAGE, _filters(dtype, 4, 3, 3, 8), result=(1, 6, 4, 4), **options)
    return _of(IMAGE, _filters(dtype, 1, 3, 3, 8), **options)


_STRIDED = {"padding": "SAME", "stride_h": 2, "stride_w": 2, "fused_activation_function": "NONE"}
_COMPARED = ("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL")
_OF_TWO = (
    *_COMPARED, "ADD", "ADD_N", "DIV", "FLOOR_DIV", "FLOOR_MOD", "LOGICAL_AND", "LOGICAL_OR", "MAXIMUM", "MINIMUM",
    "MUL", "POW", "PRELU", "SQUARED_DIFFERENCE", "SUB",
)  # fmt: skip
_ELSEWHERE = ("ASSIGN_VARIABLE", "LOOKUP", "LRN", "READ_VARIABLE", "REQUANT_SHIFT", "RESIZE", "SVDF", "UNARY")
"""Kinds with state, and those that only other formats have."""

_REDUCED = _of(IMAGE, _ints(2), result=(1, 6, 1, 8), keep_dims=True)
_PAD = _of(IMAGE, _ints((0, 0), (1, 1), (0, 0), (0, 0)), result=(1, 8, 4, 8), mode="REFLECT")
_POOL = _of(result=(1, 3, 2, 8), **{**WINDOW, "stride_h": 2, "stride_w": 2, "padding": "VALID"})
_TWICE = _of(IMAGE, _ints(12, 8), result=(1, 12, 8, 8), align_corners=False, half_pixel_centers=False)
_PLACE = _of(IMAGE, _ints(3).reshape(()), result=IMAGE[:3], to="int32")
_CHOSEN = _of((IMAGE, "bool"), IMAGE, IMAGE)
_HALF = (1, 6, 4, 4)
_MASKS = dict.fromkeys(("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"), 0)

_OTHERS: Mapping[str, Example] = {
    **dict.fromkeys(("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_ANY", "REDUCE_ALL"), _REDUCED),
    **dict.fromkeys(("PAD", "MIRROR_PAD"), _PAD),
    **dict.fromkeys(("AVERAGE_POOL_2D", "MAX_POOL_2D", "L2_POOL_2D"), _POOL),
    **dict.fromkeys(("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"), _TWICE),
    **dict.fromkeys(("ARG_MAX", "ARG_MIN"), _PLACE),
    **dict.fromkeys(("SELECT", "SELECT_V2"), _CHOSEN),
    "SOFTMAX": _of(scales=PARTS, beta=1.0),
    "LOG_SOFTMAX": _of(scales=LOGARITHMS, beta=1.0),
    "LOGISTIC": _of(scales=PARTS),
    "TANH": _of(scales=SYMMETRIC),
    "L2_NORMALIZATION": _of(scales=SYMMETRIC, fused_activation_function="NONE"),
    "LOCAL_RESPONSE_NORMALIZATION": _of(radius=1, bias=1.0, alpha=1.0, beta=0.5),
    "BATCH_MATMUL": _of((1, 6, 4), (1, 4, 5), result=(1, 6, 5), adj_x=False, adj_y=False),
    "CONCATENATION": _of(_HALF, _HALF, axis=3, fused_activation_function="NONE"),
    "PACK": _of((1, 6, 4), (1, 6, 4), result=(1, 6, 4, 2), axis=3, values_count=2),
    "UNPACK": _of(result=[(1, 6, 8)] * 4, axis=2, num=4),
    "SPLIT": _of(_ints(3).reshape(()), IMAGE, result=[_HALF, _HALF], num_splits=2),
    "SPLIT_V": _of(IMAGE, _ints(4, 4), _ints(3).reshape(()), result=[_HALF, _HALF], num_splits=2),
    "SLICE": _of(IMAGE, _ints(0, 0, 0, 2), _ints(1, 6, 4, 4), result=_HALF),
    "STRIDED_SLICE": _of(
        IMAGE, _ints(0, 0, 0, 2), _ints(1, 6, 4, 6), _ints(1, 1, 1, 1), result=_HALF, offset=False, **_MASKS
    ),
    "GATHER": _of(IMAGE, _ints(1, 0), result=(1, 6, 4, 2), axis=3, batch_dims=0),
    "GATHER_ND": _of((6, 8), _ints((1,), (0,)), result=(2, 8)),
    "FILL": _of(_ints(*IMAGE), ()),
    "REVERSE_V2": _of(IMAGE, _ints(2)),
    "TRANSPOSE": _of(IMAGE, _ints(0, 2, 1, 3), result=(1, 4, 6, 8)),
    "RESHAPE": _of(IMAGE, _ints(1, prod(IMAGE)), result=(1, prod(IMAGE))),
    "SQUEEZE": _of(result=IMAGE[1:], squeeze_dims=(0,)),
    "EXPAND_DIMS": _of(IMAGE, _ints(0), result=(1, *IMAGE)),
    "DEPTH_TO_SPACE": _of(result=(1, 12, 8, 2), block_size=2),
    "SPACE_TO_DEPTH": _of(result=(1, 3, 2, 32), block_size=2),
    "SPACE_TO_BATCH_ND": _of(IMAGE, _ints(2, 2), _ints((0, 0), (0, 0)), result=(4, 3, 2, 8)),
    "BATCH_TO_SPACE_ND": _of((4, 3, 2, 8), _ints(2, 2), _ints((0, 0), (0, 0))),
    "TILE": _of(IMAGE, _ints(1, 1, 2, 1), result=(1, 6, 8, 8)),
    "BROADCAST_TO": _of((1, 6, 1, 8), _ints(*IMAGE)),
    "DYNAMIC_UPDATE_SLICE": _of(IMAGE, _HALF, ((4,), "int32")),
    "CUMSUM": _of(IMAGE, _ints(3).reshape(()), exclusive=False, reverse=False),
}
"""Kinds whose operands are not one, or two, of the result's shape."""
