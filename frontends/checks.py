"""What must hold for a Model of any format before something is planned: one pass over it, errors name the operator."""

from __future__ import annotations

from arenite.errors import ModelError, UnsupportedError
from arenite.frontends.model import ITEM_BYTES, Model, Tensor

MANY = 1 << 31
"""Inputs: no limit."""
MAX_ARENA_BYTES = 1 << 40
"""Of all activations and states together: far beyond any target, far below where integers or pictures break."""

# Inputs (fewest, most) and outputs of the operators that arenite lowers, as TFLite's kernels check them.
_ARITY: dict[str, tuple[int, int, int]] = {
    "CONV_2D": (2, 3, 1),
    "DEPTHWISE_CONV_2D": (2, 3, 1),
    "FULLY_CONNECTED": (2, 3, 1),
    "AVERAGE_POOL_2D": (1, 1, 1),
    "MAX_POOL_2D": (1, 1, 1),
    "L2_POOL_2D": (1, 1, 1),
    "MEAN": (2, 2, 1),
    "ADD": (2, 2, 1),
    "SUB": (2, 2, 1),
    "MUL": (2, 2, 1),
    "PAD": (2, 2, 1),
    "PADV2": (3, 3, 1),
    "CUMSUM": (2, 2, 1),
    "DYNAMIC_UPDATE_SLICE": (3, 3, 1),
    "TRANSPOSE": (2, 2, 1),
    "STRIDED_SLICE": (4, 4, 1),
    "SLICE": (3, 3, 1),
    "REVERSE_V2": (2, 2, 1),
    "GATHER": (2, 2, 1),
    "GATHER_ND": (2, 2, 1),
    "EMBEDDING_LOOKUP": (2, 2, 1),
    "FILL": (2, 2, 1),
    "ZEROS_LIKE": (1, 1, 1),
    **dict.fromkeys(("SPACE_TO_DEPTH", "DEPTH_TO_SPACE"), (1, 1, 1)),
    **dict.fromkeys(("SPACE_TO_BATCH_ND", "BATCH_TO_SPACE_ND"), (3, 3, 1)),
    **dict.fromkeys(("TILE", "BROADCAST_TO", "MIRROR_PAD"), (2, 2, 1)),
    "RESHAPE": (1, 2, 1),
    "SQUEEZE": (1, 1, 1),
    "EXPAND_DIMS": (2, 2, 1),
    "SOFTMAX": (1, 1, 1),
    "LOGISTIC": (1, 1, 1),
    "TANH": (1, 1, 1),
    "RELU": (1, 1, 1),
    "RELU6": (1, 1, 1),
    "RELU_N1_TO_1": (1, 1, 1),
    "RELU_0_TO_1": (1, 1, 1),
    **dict.fromkeys(("DIV", "MINIMUM", "MAXIMUM", "POW", "PRELU", "SQUARED_DIFFERENCE"), (2, 2, 1)),
    **dict.fromkeys(("SUM", "REDUCE_MAX", "REDUCE_MIN"), (2, 2, 1)),
    **dict.fromkeys(
        (
            *("UNARY", "ABS", "CEIL", "COS", "ELU", "EXP", "FLOOR", "GELU", "HARD_SWISH", "LEAKY_RELU", "LOG", "NEG"),
            *("ROUND", "RSQRT", "SIGN", "SIN", "SQRT", "SQUARE", "LOG_SOFTMAX", "LRN", "LOCAL_RESPONSE_NORMALIZATION"),
        ),
        (1, 1, 1),
    ),
    **dict.fromkeys(("EQUAL", "NOT_EQUAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL"), (2, 2, 1)),
    **dict.fromkeys(("LOGICAL_AND", "LOGICAL_OR", "FLOOR_DIV", "FLOOR_MOD"), (2, 2, 1)),
    **dict.fromkeys(("ARG_MAX", "ARG_MIN", "REDUCE_ALL", "REDUCE_ANY", "BATCH_MATMUL"), (2, 2, 1)),
    **dict.fromkeys(("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"), (2, 2, 1)),
    **dict.fromkeys(("SELECT", "SELECT_V2"), (3, 3, 1)),
    **dict.fromkeys(("CAST", "LOGICAL_NOT", "L2_NORMALIZATION"), (1, 1, 1)),
    **dict.fromkeys(("ADD_N", "CONCATENATION", "PACK"), (1, MANY, 1)),
    "TRANSPOSE_CONV": (3, 4, 1),
    "SVDF": (5, 5, 1),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": (20, 24, 1),
    "REQUANT_SHIFT": (3, 3, 1),
    "QUANTIZE": (1, 1, 1),
    "DEQUANTIZE": (1, 1, 1),
    "VAR_HANDLE": (0, 0, 1),
    "READ_VARIABLE": (1, 1, 1),
    "ASSIGN_VARIABLE": (2, 2, 0),
}
# Only these inputs may be left out (-1) by the operators above.
_OPTIONAL: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"), (2,)),
    **dict.fromkeys(("SVDF", "TRANSPOSE_CONV"), (3,)),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": (1, 5, 9, 10, 11, 12, 16, 17, 20, 21, 22, 23),
}
_CONVERT_AGAIN = "convert the model again"


def check_model(model: Model) -> None:
    """Raises ModelError unless every tensor is written once and before it is read, and UnsupportedError where the size
    of an activation or state is unknown or beyond ``MAX_ARENA_BYTES``."""
    _check_arity(model)
    defined = _check_order(model)
    total = 0
    used = {index for operator in model.operators for index in operator.inputs if index >= 0}
    variables = {index for index in used if model.tensors[index].variable}
    for index in sorted(defined | variables):
        tensor = model.tensors[index]
        total += _activation_bytes(model.file, tensor)
        if total > MAX_ARENA_BYTES:
            problem = f"needs more than {MAX_ARENA_BYTES} bytes for activations and state"
            raise ModelError(problem, file=model.file, remedy=_CONVERT_AGAIN)


def _check_arity(model: Model) -> None:
    for operator in model.operators:
        arity = _ARITY.get(operator.kind)
        if arity is None:
            continue
        fewest, most, outputs = arity
        if not fewest <= len(operator.inputs) <= most or len(operator.outputs) != outputs:
            problem = f"has {len(operator.inputs)} inputs and {len(operator.outputs)} outputs"
            raise ModelError(problem, file=model.file, operator=operator.label, remedy=_CONVERT_AGAIN)
        optional = _OPTIONAL.get(operator.kind, ())
        if any(index == -1 and place not in optional for place, index in enumerate(operator.inputs)):
            problem = "lacks an input that it needs"
            raise ModelError(problem, file=model.file, operator=operator.label, remedy=_CONVERT_AGAIN)


def _check_order(model: Model) -> frozenset[int]:
    """The activations: model inputs and what operators write."""
    if len(set(model.inputs)) != len(model.inputs):
        raise ModelError("lists a model input twice", file=model.file, remedy=_CONVERT_AGAIN)
    defined = set(model.inputs)
    for operator in model.operators:
        for index in operator.inputs:
            if index >= 0 and not _available(model.tensors[index], defined):
                raise ModelError(
                    f"reads tensor {index} '{model.tensors[index].name}' before anything wrote it",
                    file=model.file,
                    operator=operator.label,
                    remedy=_CONVERT_AGAIN,
                )
        for index in operator.outputs:
            tensor = model.tensors[index]
            if tensor.variable:
                continue
            if tensor.constant or index in defined:
                what = "the constant" if tensor.constant else "a second time"
                raise ModelError(
                    f"writes {what} tensor {index} '{tensor.name}'",
                    file=model.file,
                    operator=operator.label,
                    remedy=_CONVERT_AGAIN,
                )
            defined.add(index)
    for index in model.outputs:
        if not _available(model.tensors[index], defined):
            problem = f"nothing writes the model output {index} '{model.tensors[index].name}'"
            raise ModelError(problem, file=model.file, remedy=_CONVERT_AGAIN)
    return frozenset(defined)


def _available(tensor: Tensor, defined: set[int]) -> bool:
    return tensor.constant or tensor.variable or tensor.index in defined


def _activation_bytes(file: str, tensor: Tensor) -> int:
    label = f"tensor {tensor.index} '{tensor.name}'"
    if min(tensor.shape, default=1) <= 0:
        raise UnsupportedError(
            f"{label} has the shape {list(tensor.shape)}, its size is known at run time only",
            file=file,
            remedy="convert with fixed shapes",
        )
    if tensor.dtype == "string":
        raise UnsupportedError(
            f"{label} holds strings, their size is known at run time only",
            file=file,
            remedy="move strings out of the model",
        )
    if tensor.dtype not in ITEM_BYTES:
        raise UnsupportedError(
            f"{label} holds {tensor.dtype}", file=file, remedy="convert it with int8, float32 or wider numbers"
        )
    return tensor.bytes
