"""Tensors of one row of many columns, turned into many rows of one column: what was made of one-dimensional layers.

Converters turn a Conv1D of T elements with C channels into a convolution of the image [1, 1, T, C]. That has one row
only, and nothing of it falls into rows. [1, T, 1, C] is the same bytes, and an operator that treats height and width
alike computes the same from it if its attributes for the two are exchanged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from arenite.frontends.aliases import RESHAPING
from arenite.frontends.model import Model, Operator, Tensor
from arenite.frontends.rewrites.turned_operators import Array, Turned, exchanged, is_constant, turned


def turn_columns(model: Model) -> Model:
    """The model with tensors [N, 1, T, C] (T > 1) between operators that can be turned as [N, T, 1, C].

    The results are the same bytes. Model inputs and outputs keep their shapes, and so do tensors of operators that
    cannot be turned: there a RESHAPE, which is an alias and not the file's, stands in between.
    """
    turns: dict[int, Turned] = {}
    for operator in model.operators:
        found = turned(model, operator) if _lies(model, operator) else None
        if found is not None:
            turns[operator.index] = found
    return _Turning(model, turns).result() if turns else model


def _lies(model: Model, operator: Operator) -> bool:
    """Whether an operator's activations have one row each, and some of them several columns."""
    tensors = [model.tensors[index] for index in (*operator.inputs, *operator.outputs) if index >= 0]
    activations = [tensor for tensor in tensors if not is_constant(tensor)]
    images = [tensor for tensor in activations if len(tensor.shape) == 4]
    if any(tensor.variable for tensor in activations) or any(tensor.shape[1] != 1 for tensor in images):
        return False
    return any(_is_flat(tensor) for tensor in images)


def _is_flat(tensor: Tensor) -> bool:
    return len(tensor.shape) == 4 and tensor.shape[1] == 1 and tensor.shape[2] > 1 and not is_constant(tensor)


class _Turning:
    """The model as it becomes. ``lying`` and ``standing`` have the index that a flat tensor has in either shape."""

    def __init__(self, model: Model, turns: Mapping[int, Turned]) -> None:
        self.model = model
        self.turns = turns
        self.tensors = list(model.tensors)
        self.operators: list[Operator] = []
        written = {index for operator in model.operators for index in operator.outputs}
        self.lying = {tensor.index: tensor.index for tensor in model.tensors if tensor.index not in written}
        self.standing: dict[int, int] = {}
        self.needed = {index for one in model.operators if one.index in turns for index in one.inputs}
        operators = [operator.index for operator in model.operators]
        operators += [*model.folded, *(index for shared in model.shares.values() for index in shared)]
        self.file_operators = max(operators) + 1 if model.file_operators is None else model.file_operators
        self.next_operator = max(self.file_operators, max(operators) + 1)

    def result(self) -> Model:
        for operator in self.model.operators:
            if operator.index in self.turns:
                self._turn(operator, self.turns[operator.index])
            else:
                self._keep(operator)
        file_tensors = self.model.file_tensors
        return replace(
            self.model,
            tensors=tuple(self.tensors),
            operators=tuple(self.operators),
            file_operators=self.file_operators,
            file_tensors=len(self.model.tensors) if file_tensors is None else file_tensors,
        )

    def _turn(self, operator: Operator, how: Turned) -> None:
        inputs = [self._other(index, self.standing, self.lying) for index in operator.inputs]
        for place, data in how.constants.items():
            inputs[place] = self._constant(self.model.tensors[operator.inputs[place]], data)
        outputs = list(operator.outputs)
        for place, index in enumerate(operator.outputs):
            if not _is_flat(self.model.tensors[index]):
                continue
            if index in self.model.outputs:
                outputs[place] = self._add(index)
            else:
                self.tensors[index] = replace(self.tensors[index], shape=exchanged(self.tensors[index].shape))
            self.standing[index] = outputs[place]
        turned = replace(operator, inputs=tuple(inputs), outputs=tuple(outputs), attributes=how.attributes)
        self.operators.append(turned)
        for index in operator.outputs:
            if index in self.model.outputs and index in self.standing:
                self._reshape(self.standing[index], index)
                self.lying[index] = index

    def _keep(self, operator: Operator) -> None:
        """A RESHAPE does not care what it reads, and its result becomes what its readers want."""
        if operator.kind in RESHAPING:
            source, *others = operator.inputs
            inputs = [self.lying.get(source, self.standing.get(source, source)), *others]
        else:
            inputs = [self._other(index, self.lying, self.standing) for index in operator.inputs]
        self.operators.append(replace(operator, inputs=tuple(inputs)))
        for index in operator.outputs:
            tensor = self.tensors[index]
            if not _is_flat(tensor):
                continue
            free = operator.kind in RESHAPING and index in self.needed and index not in self.model.outputs
            if free:
                self.tensors[index] = replace(tensor, shape=exchanged(tensor.shape))
            (self.standing if free else self.lying)[index] = index

    def _other(self, index: int, wanted: dict[int, int], known: Mapping[int, int]) -> int:
        """A tensor as an operator wants it: through a RESHAPE, if it is only there in the other shape."""
        if index < 0 or not _is_flat(self.model.tensors[index]):
            return index
        if index not in wanted:
            wanted[index] = self._add(index, standing=wanted is self.standing)
            self._reshape(known[index], wanted[index])
        return wanted[index]

    def _add(self, index: int, *, standing: bool = True) -> int:
        """A tensor like ``index`` of the file that is not the file's."""
        like = self.model.tensors[index]
        shape = exchanged(like.shape) if standing else like.shape
        self.tensors.append(replace(like, index=len(self.tensors), shape=shape))
        return len(self.tensors) - 1

    def _constant(self, like: Tensor, data: Array) -> int:
        self.tensors.append(replace(like, index=len(self.tensors), shape=data.shape, data=data))
        return len(self.tensors) - 1

    def _reshape(self, source: int, result: int) -> None:
        shape: Sequence[int] = self.tensors[result].shape
        self.operators.append(
            Operator(self.next_operator, "RESHAPE", (source,), (result,), {"new_shape": tuple(shape)})
        )
        self.next_operator += 1
