"""What the rows of an operator's results are found with, by kind and attributes.

A row of NHWC is one row of one image; in a tensor of another rank the last axis is a row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

from arenite.codegen.kernels.rows import InputRows, Range
from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Model, Operator, Tensor
from arenite.frontends.operators.tensors import constant


@dataclass(frozen=True)
class OperatorRows:
    """Each result is ``rows`` rows of equal bytes. ``inputs``: by tensor; what is not among them is needed as a whole.

    ``accumulator_bytes``: as in ``RowForm``.
    """

    rows: int
    inputs: Mapping[int, InputRows] = field(default_factory=dict)
    accumulator_bytes: int = 0


Find = Callable[[Model, Operator], OperatorRows | None]
"""None or NotLowered: the operator is whole."""


def row_axes(shape: Sequence[int]) -> int:
    """How many axes count rows; the others make up a row."""
    return 2 if len(shape) == 4 else max(len(shape) - 1, 0)


def count_rows(shape: Sequence[int]) -> int:
    return prod(shape[: row_axes(shape)])


def nhwc(tensor: Tensor) -> tuple[int, int, int, int]:
    if len(tensor.shape) != 4:
        raise NotLowered(f"tensor {tensor.index} has {len(tensor.shape)} axes, not 4")
    batches, rows, columns, channels = tensor.shape
    return batches, rows, columns, channels


def operand(model: Model, operator: Operator, place: int) -> Tensor:
    index = operator.inputs[place]
    if index < 0:
        raise NotLowered(f"input {place} is absent")
    return model.tensors[index]


def main(model: Model, operator: Operator, place: int = 0) -> tuple[Tensor, Tensor]:
    """An input and the first result."""
    return operand(model, operator, place), model.tensors[operator.outputs[0]]


def numbers(model: Model, operator: Operator, place: int) -> list[int]:
    index = operand(model, operator, place).index
    values: list[int] = constant(model, index, "int32", "int64").ravel().tolist()
    return values


def by_image(batches: int, height: int, of_image: Sequence[Range]) -> InputRows:
    """The same ranges for each of some images."""
    ranges = [(n * height + first, n * height + last) for n in range(batches) for first, last in of_image]
    return InputRows(batches * height, tuple(ranges))


def of_images(source: Tensor, result: Tensor, of_image: Sequence[Range], sums: int = 0) -> OperatorRows | None:
    """The form of an operator whose ``source`` is NHWC, from what an output row of one image needs of it."""
    batches, height, _, _ = nhwc(source)
    if nhwc(result)[:2] != (batches, len(of_image)):
        return None
    return OperatorRows(batches * len(of_image), {source.index: by_image(batches, height, of_image)}, sums)
