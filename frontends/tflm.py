"""A .tflite file -> what TFLM's planner sees of it, all subgraphs."""

from __future__ import annotations

from collections.abc import Sequence

from arenite.frontends.calls import called_subgraphs
from arenite.frontends.model import ITEM_BYTES, Model, Operator
from arenite.frontends.state import state_order
from arenite.frontends.tflite_layout import ModelField, OperatorField, SubGraphField, root, tables, text
from arenite.frontends.tflm_scratch import Call, scratch_bytes, scratch_known
from arenite.packing.items import round_up
from arenite.tflm.arena import ALIGNMENT, TflmOperator, TflmSubgraph

_ITEM_BYTES = {**ITEM_BYTES, "resource": 4}
"""As TFLM's ``TfLiteTypeSizeOf`` has them: a handle that a subgraph gets as an input is a number in the arena."""
_PLANNED_CALLS = ("CALL_ONCE", "IF", "WHILE")


def tflm_subgraphs(models: Sequence[Model], data: bytes) -> tuple[TflmSubgraph, ...]:
    """TFLM's view of the subgraphs of a file; ``models`` are what ``parse_subgraphs`` read from ``data``."""
    found = []
    for model, subgraph in zip(models, tables(root(data), ModelField.SUBGRAPHS), strict=True):
        operators = tables(subgraph, SubGraphField.OPERATORS)
        found.append(_subgraph(model, [text(operator, OperatorField.CUSTOM_OPTIONS) for operator in operators]))
    return tuple(found)


def unknown_scratch(models: Sequence[Model]) -> tuple[str, ...]:
    """Kinds of operators in the file whose kernels may ask TFLM for scratch that is not known here."""
    kinds = dict.fromkeys(operator.kind for model in models for operator in model.operators)
    return tuple(kind for kind in kinds if not scratch_known(kind))


def _subgraph(model: Model, options: Sequence[bytes]) -> TflmSubgraph:
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
        after=state_order(model),
    )


def _operator(model: Model, operator: Operator, options: bytes) -> TflmOperator:
    inputs = tuple(model.tensors[index] if index >= 0 else None for index in operator.inputs)
    call = Call(operator, inputs, tuple(model.tensors[index] for index in operator.outputs), options)
    scratch = tuple(round_up(size, ALIGNMENT) for size in scratch_bytes(call) if size > 0)
    calls = called_subgraphs(operator) if operator.kind in _PLANNED_CALLS else ()
    return TflmOperator(operator.label, operator.inputs, operator.outputs, calls, scratch)
