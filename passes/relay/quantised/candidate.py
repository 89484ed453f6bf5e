"""Relay expressions that look like an operator of TensorFlow Lite, as a Model with this one operator."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from arenite.frontends.model import Model, Operator, Quantisation, Tensor
from arenite.passes.relay.quantised.dataflow import Dataflow, Expr, is_call
from arenite.passes.relay.quantised.reading import array, dtype, is_constant, shape

ANY_SCALE = Quantisation((1.0,), (0,))
"""For int8 tensors of operators that only move or compare values."""


@dataclass(frozen=True, eq=False)
class Activation:
    """A tensor that exists at run time. Kernels see bytes in order: reshapes before an input are left out, the tensor
    keeps the shape that they give."""

    value: Expr
    quantisation: Quantisation | None = ANY_SCALE


@dataclass(frozen=True, eq=False)
class Data:
    """A constant, in the layout that TensorFlow Lite has for it."""

    array: npt.NDArray[np.generic]
    quantisation: Quantisation | None = None


Input = Activation | Data | None
"""None: an optional input that is absent."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """``values`` gives the Relay expression of each activation that the operator reads, by its tensor index.
    ``root`` is the call whose value the operator computes, ``replaced`` the calls that are needed for nothing else,
    ``root`` among them, in order of execution. ``table``: the results of a function of one value that TensorFlow Lite
    does not have, for the 256 int8 values, those from 0 first."""

    model: Model
    operator: Operator
    values: Mapping[int, Expr]
    root: Expr
    replaced: tuple[Expr, ...]
    table: npt.NDArray[np.int8] | None = None

    def with_table(self, table: npt.NDArray[np.int8]) -> Candidate:
        return replace(self, table=table)


Matcher = Callable[[Dataflow, Expr], Candidate | None]
"""Looks at a call and what it reads. None: it is something else; NotLowered: it is this, but not quite."""


def operand(expr: Expr, quantisation: Quantisation | None) -> Activation | Data:
    """An input that may be a constant."""
    if is_constant(expr):
        return Data(array(expr, "an operand"), quantisation)
    return Activation(expr, quantisation)


def candidate(
    kind: str,
    inputs: Sequence[Input],
    result: Activation,
    attributes: Mapping[str, object],
    replaced: Sequence[Expr],
) -> Candidate:
    """Makes the Model. The same value in the same quantisation is one tensor; raises NotLowered where a shape is not
    known."""
    tensors: list[Tensor] = []
    values: dict[int, Expr] = {}
    known: dict[tuple[Expr, Quantisation | None, tuple[int, ...]], int] = {}
    indices: list[int] = []
    for each in inputs:
        if each is None:
            indices.append(-1)
            continue
        index = len(tensors)
        if isinstance(each, Data):
            data = each.array
            tensors.append(
                Tensor(index, f"constant_{index}", data.shape, str(data.dtype), each.quantisation, data, True)
            )
        else:
            value = without_reshapes(each.value)
            index = known.setdefault((value, each.quantisation, shape(each.value)), index)
            if index == len(tensors):
                tensors.append(_activation(index, each))
                values[index] = value
        indices.append(index)
    tensors.append(_activation(len(tensors), result))
    operator = Operator(0, kind, tuple(indices), (len(tensors) - 1,), dict(attributes))
    model = Model("relay", "main", tuple(tensors), (operator,), tuple(values), operator.outputs)
    return Candidate(model, operator, values, result.value, tuple(replaced))


def without_reshapes(expr: Expr) -> Expr:
    """The value with the same bytes from which ``expr`` was reshaped."""
    while is_call(expr, "reshape", "squeeze", "expand_dims", "nn.batch_flatten"):
        expr = expr.args[0]
    return expr


def _activation(index: int, activation: Activation) -> Tensor:
    value = activation.value
    return Tensor(index, f"activation_{index}", shape(value), dtype(value), activation.quantisation)
