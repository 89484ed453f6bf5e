"""uint8 models, TensorFlow 1's, as int8: every stored value and zero point less 128 stands for the same number.

Kernels are for int8. Model inputs and outputs stay uint8: between them and the rest stand QUANTIZE operators that are
not the file's, which turn the highest bit of each byte, in place.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.frontends.model import Model, Operator, Quantisation, Tensor

UNSIGNED = "unsigned"
"""Attribute of operators that are computed as TFLite does it for uint8, which is not always as for int8."""

MOVING_KINDS = frozenset(
    (
        "ASSIGN_VARIABLE", "BATCH_TO_SPACE_ND", "BROADCAST_TO", "DEPTH_TO_SPACE", "EXPAND_DIMS", "GATHER", "GATHER_ND",
        "MIRROR_PAD", "PACK", "PAD", "PADV2", "READ_VARIABLE", "RESHAPE", "RESIZE_NEAREST_NEIGHBOR", "REVERSE_V2",
        "SELECT", "SELECT_V2", "SLICE", "SPACE_TO_BATCH_ND", "SPACE_TO_DEPTH", "SPLIT", "SPLIT_V", "SQUEEZE",
        "STRIDED_SLICE", "TILE", "TRANSPOSE", "UNPACK",
    )
)  # fmt: skip
"""Whose results are bytes of their operands and zero points."""
COMPARING_KINDS = frozenset(
    (
        "ARG_MAX", "ARG_MIN", "EQUAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL", "MAXIMUM", "MAX_POOL_2D",
        "MINIMUM", "NOT_EQUAL", "REDUCE_MAX", "REDUCE_MIN",
    )
)  # fmt: skip
"""Whose results depend on which number is the larger."""
COMPUTING_KINDS = frozenset(
    (
        "ADD", "AVERAGE_POOL_2D", "CAST", "CONCATENATION", "CONV_2D", "DEPTHWISE_CONV_2D", "DEQUANTIZE", "DIV",
        "FULLY_CONNECTED", "GELU", "HARD_SWISH", "L2_NORMALIZATION", "LEAKY_RELU", "LOGISTIC", "LOG_SOFTMAX", "MEAN",
        "MUL", "PRELU", "QUANTIZE", "RELU", "RELU6", "RELU_0_TO_1", "RELU_N1_TO_1", "RESIZE_BILINEAR", "SOFTMAX",
        "SUB", "SUM", "TANH", "TRANSPOSE_CONV",
    )
)  # fmt: skip
"""Which compute on int8 as TFLite's do on uint8, or where that differs mind ``UNSIGNED``."""
UNSIGNED_KINDS = MOVING_KINDS | COMPARING_KINDS | COMPUTING_KINDS
"""What is compiled for uint8, where it is for int8."""


def is_unsigned(operator: Operator) -> bool:
    """Whether it computes as for uint8."""
    return bool(operator.attributes.get(UNSIGNED, False))


def signed(model: Model) -> Model:
    """The model with int8 in place of quantised uint8, but at its inputs and outputs; the same model if there is none.

    Tensors and operators keep their indices; the operators at the boundary, and what stands between them and the
    others, come behind the file's. States begin with the same numbers. Tensors without scales are no numbers, and
    variables of which nothing is known are not the frontend's to change: both stay.
    """
    used = {index for operator in model.operators for index in (*operator.inputs, *operator.outputs) if index >= 0}
    found = {index for index in used if _is_number(model, model.tensors[index])}
    return _Signing(model, found).result() if found else model


def _is_number(model: Model, tensor: Tensor) -> bool:
    known = tensor.data is not None or not tensor.constant
    scales = tensor.quantisation is not None and bool(tensor.quantisation.scales)
    return tensor.dtype == "uint8" and scales and known and (not tensor.variable or tensor.index in model.states)


class _Signing:
    """``twin``: model inputs and outputs -> the tensor that stands for them among the other operators."""

    def __init__(self, model: Model, found: set[int]) -> None:
        self.model = model
        ports = {*model.inputs, *model.outputs} & found
        self.tensors = [signed_tensor(own) if own.index in found - ports else own for own in model.tensors]
        self.found = found
        self.twin: dict[int, int] = {}
        for index in sorted(ports):
            self.twin[index] = len(self.tensors)
            own = model.tensors[index]
            self.tensors.append(replace(signed_tensor(own), index=len(self.tensors), name=f"{own.name}_int8"))
        indices = [operator.index for operator in model.operators]
        indices += [*model.folded, *(index for shared in model.shares.values() for index in shared)]
        self.file_operators = max(indices, default=-1) + 1 if model.file_operators is None else model.file_operators
        self.next_operator = max(self.file_operators, max(indices, default=-1) + 1)

    def result(self) -> Model:
        operators = [self._changed(operator) for operator in self.model.operators]
        read = {index for operator in operators for index in operator.inputs}
        written = {index for operator in operators for index in operator.outputs}
        inputs = dict.fromkeys(index for index in self.model.inputs if self.twin.get(index) in read)
        outputs = dict.fromkeys(index for index in self.model.outputs if self.twin.get(index) in written)
        before = [self._between(index, self.twin[index]) for index in inputs]
        after = [self._between(self.twin[index], index) for index in outputs]
        file_tensors = self.model.file_tensors
        return replace(
            self.model,
            tensors=tuple(self.tensors),
            states={
                index: as_signed(values) if index in self.found else values
                for index, values in self.model.states.items()
            },
            operators=(*before, *operators, *after),
            file_operators=self.file_operators,
            file_tensors=len(self.model.tensors) if file_tensors is None else file_tensors,
        )

    def _changed(self, operator: Operator) -> Operator:
        if self.found.isdisjoint((*operator.inputs, *operator.outputs)):
            return operator
        return replace(
            operator,
            inputs=tuple(self.twin.get(index, index) for index in operator.inputs),
            outputs=tuple(self.twin.get(index, index) for index in operator.outputs),
            attributes={**operator.attributes, UNSIGNED: True},
        )

    def _between(self, source: int, result: int) -> Operator:
        self.next_operator += 1
        return Operator(self.next_operator - 1, "QUANTIZE", (source,), (result,))


def signed_tensor(tensor: Tensor) -> Tensor:
    """The same numbers in int8."""
    assert tensor.quantisation is not None
    data = None if tensor.data is None else as_signed(tensor.data)
    return replace(tensor, dtype="int8", data=data, quantisation=as_signed_quantisation(tensor.quantisation))


def as_signed(values: npt.NDArray[Any]) -> npt.NDArray[np.int8]:
    """uint8 less 128."""
    return (values.astype(np.int16) - 128).astype(np.int8)


def as_signed_quantisation(quantisation: Quantisation) -> Quantisation:
    return replace(quantisation, zero_points=tuple(point - 128 for point in quantisation.zero_points))
