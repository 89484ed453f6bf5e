"""What a step of the frontend adds to a model beyond what stands in the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from arenite.frontends.model import Model, Operator, Tensor

Array = npt.NDArray[np.generic]


class Additions:
    """Tensors and operators with indices that nothing in ``model`` has yet."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._tensors: list[Tensor] = list(model.tensors)
        self._shares = dict(model.shares)
        known = [operator.index for operator in model.operators]
        known += [*model.folded, *(index for shared in model.shares.values() for index in shared)]
        self._following = self._limit = max(known, default=-1) + 1
        if model.file_operators is not None:
            self._limit = model.file_operators
            self._following = max(self._following, self._limit)

    def constant(self, data: Array) -> int:
        """The index of a new constant."""
        index = len(self._tensors)
        self._tensors.append(Tensor(index, f"t{index}", data.shape, str(data.dtype), data=data, constant=True))
        return index

    def tensor(self, like: Tensor) -> int:
        """The index of a new tensor of the same kind."""
        index = len(self._tensors)
        self._tensors.append(replace(like, index=index))
        return index

    def operator(self) -> int:
        """The index of a new operator."""
        index, self._following = self._following, self._following + 1
        return index

    def share(self, operator: Operator) -> int:
        """The index of a new operator that does a part of this one."""
        index = self.operator()
        self._shares[index] = (operator.index, *self._shares.get(operator.index, ()))
        return index

    def model(self, operators: Sequence[Operator]) -> Model:
        """The model with these operators; itself if they are its own."""
        if tuple(operators) == self._model.operators:
            return self._model
        return replace(
            self._model,
            tensors=tuple(self._tensors),
            operators=tuple(operators),
            shares=self._shares,
            file_operators=self._limit,
            file_tensors=len(self._model.tensors) if self._model.file_tensors is None else self._model.file_tensors,
        )
