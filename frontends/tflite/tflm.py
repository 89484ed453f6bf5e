"""A .tflite file -> what TFLM's planner sees of it, all subgraphs."""

from __future__ import annotations

from collections.abc import Sequence

from arenite.frontends.calls import called_subgraphs
from arenite.frontends.model import ITEM_BYTES, Model, Operator
from arenite.frontends.state import state_order, stateless_subgraphs
from arenite.frontends.tflite.layout import ModelField, OperatorField, SubGraphField, root, tables, text
from arenite.frontends.tflite.tflm_scratch import Call, scratch_bytes, scratch_known
from arenite.packing.items import round_up
from arenite.tflm.arena import ALIGNMENT, TflmOperator, TflmSubgraph

_ITEM_BYTES = {**ITEM_BYTES, "resource": 4}
"""As TFLM's ``TfLiteTypeSizeOf`` has them: a handle that a subgraph gets as an input is a number in the arena."""
_PLANNED_CALLS = ("CALL_ONCE", "IF", "WHILE")
_ABORTING = "CUSTOM:CIRCULAR_BUFFER"


def tflm_subgraphs(models: Sequence[Model], data: bytes) -> tuple[TflmSubgraph, ...]:
    """TFLM's view of the subgraphs of a file; ``models`` are what ``parse_subgraphs`` read from ``data``."""
    found = []
    stateless = stateless_subgraphs(models)
    for model, subgraph in zip(models, tables(root(data), ModelField.SUBGRAPHS), strict=True):
        operators = tables(subgraph, SubGraphField.OPERATORS)
        options = [text(operator, OperatorField.CUSTOM_OPTIONS) for operator in operators]
        after = state_order(model, stateless) + _abort_order(model)
        found.append(_subgraph(model, options, after))
    return tuple(found)


def unknown_scratch(models: Sequence[Model]) -> tuple[str, ...]:
    """Kinds of operators in the file whose kernels may ask TFLM for scratch that is not known here."""
    kinds = dict.fromkeys(operator.kind for model in models for operator in model.operators)
    return tuple(kind for kind in kinds if not scratch_known(kind))


def _subgraph(model: Model, options: Sequence[bytes], after: tuple[tuple[int, int], ...]) -> TflmSubgraph:
    # The kernel of VAR_HANDLE keeps what it writes in a place of its own.
    handles = {index for operator in model.operators if operator.kind == "VAR_HANDLE" for index in operator.outputs}
    sizes = tuple(
        0
        if tensor.constant or tensor.index in handles or min(tensor.shape, default=1) < 0
        else round_up(tensor.elements * _ITEM_BYTES[tensor.dtype], ALIGNMENT)
        for tensor in model.tensors
    )
    return TflmSubgraph(
        name=model.name,
        sizes=sizes,
        variables=frozenset(tensor.index for tensor in model.tensors if tensor.variable),
        inputs=model.inputs,
        outputs=model.outputs,
        operators=tuple(_operator(model, *one) for one in zip(model.operators, options, strict=True)),
        after=after,
    )


def _abort_order(model: Model) -> tuple[tuple[int, int], ...]:
    """Pairs of operators that keep what stands before a CIRCULAR_BUFFER before it, and what stands behind it behind.

    Its kernel ends the inference unless its cycles are complete (tensorflow/lite/micro/kernels/circular_buffer.cc):
    what has run by then is a matter of the order.
    """
    pairs = []
    since = 0
    last: int | None = None
    for index, operator in enumerate(model.operators):
        if last is not None:
            pairs.append((last, index))
        if operator.kind == _ABORTING:
            pairs += [(before, index) for before in range(since, index)]
            since, last = index + 1, index
    return tuple(pairs)


def _operator(model: Model, operator: Operator, options: bytes) -> TflmOperator:
    inputs = tuple(model.tensors[index] if index >= 0 else None for index in operator.inputs)
    call = Call(operator, inputs, tuple(model.tensors[index] for index in operator.outputs), options)
    scratch = tuple(round_up(size, ALIGNMENT) for size in scratch_bytes(call) if size > 0)
    calls = called_subgraphs(operator) if operator.kind in _PLANNED_CALLS else ()
    return TflmOperator(operator.label, operator.inputs, operator.outputs, calls, scratch)
