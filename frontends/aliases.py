"""Which tensors are the same bytes: the results of operators that only give a tensor another shape."""

from __future__ import annotations

from collections.abc import Mapping

from arenite.frontends.model import Model, Operator

RESHAPING = frozenset({"RESHAPE", "SQUEEZE", "EXPAND_DIMS"})


def alias_sources(model: Model) -> Mapping[int, int]:
    """Result tensor -> the tensor whose bytes it is, for every operator that only reshapes what lies in the arena.

    The value may be an alias itself. Model inputs and outputs are no exception: an output that is the reshape of an
    input lies where the caller put it.
    """
    in_arena = set(model.inputs).union(*(operator.outputs for operator in model.operators))
    return {
        operator.outputs[0]: operator.inputs[0]
        for operator in model.operators
        if _is_reshape(model, operator) and operator.inputs[0] in in_arena
    }


def _is_reshape(model: Model, operator: Operator) -> bool:
    if operator.kind not in RESHAPING or not operator.inputs or len(operator.outputs) != 1 or operator.inputs[0] < 0:
        return False
    source, result = model.tensors[operator.inputs[0]], model.tensors[operator.outputs[0]]
    same_bytes = source.dtype == result.dtype and source.elements == result.elements
    return same_bytes and source.bytes > 0 and not (source.constant or source.variable or result.variable)
