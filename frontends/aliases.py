"""Which tensors are the same bytes: the results of operators that only give a tensor another shape."""

from __future__ import annotations

from collections.abc import Mapping

from arenite.frontends.model import Model, Operator

RESHAPING = frozenset({"RESHAPE", "SQUEEZE", "EXPAND_DIMS"})


def alias_sources(model: Model) -> Mapping[int, int]:
    """Result tensor -> the tensor whose bytes it is, for every reshaping operator that need not copy.

    The value may be an alias itself. Where the bytes of a model input would become a model output, or those of one
    model output another one, the operator stays a copy: the caller gets a place for each.
    """
    outputs = set(model.outputs)
    fed_or_written = set(model.inputs).union(*(operator.outputs for operator in model.operators))
    root: dict[int, int] = {}
    aliases: dict[int, int] = {}
    # Roots whose bytes the caller sees already.
    exposed = outputs | set(model.inputs)
    for operator in model.operators:
        if not _is_reshape(model, operator) or operator.inputs[0] not in fed_or_written:
            continue
        source, result = operator.inputs[0], operator.outputs[0]
        origin = root.get(source, source)
        if result in outputs and origin in exposed:
            continue
        if result in outputs:
            exposed.add(origin)
        root[result] = origin
        aliases[result] = source
    return aliases


def _is_reshape(model: Model, operator: Operator) -> bool:
    if operator.kind not in RESHAPING or not operator.inputs or len(operator.outputs) != 1 or operator.inputs[0] < 0:
        return False
    source, result = model.tensors[operator.inputs[0]], model.tensors[operator.outputs[0]]
    same_bytes = source.dtype == result.dtype and source.elements == result.elements
    return same_bytes and source.bytes > 0 and not (source.constant or source.variable or result.variable)
