"""Sequences that move on by some elements in each inference: moved where they are."""

from __future__ import annotations

from dataclasses import replace
from math import prod

from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.moves import Loop, merged
from arenite.frontends.operators.parts import operand_tensor, operands, same_numbers
from arenite.frontends.operators.shift import JOINED
from arenite.frontends.operators.strided_slice import KINDS as SLICES
from arenite.frontends.operators.strided_slice import slice_view
from arenite.frontends.operators.tensors import as_int


def shifted(model: Model, state: int, writer: Operator) -> tuple[Operator, Operator] | None:
    """The SHIFT that stands for ``writer``, a CONCATENATION of the end of ``state`` and of others whose result becomes
    the state, and the slice of the state that it makes needless. None if it is something else."""
    if writer.kind != "CONCATENATION" or writer.attributes["fused_activation_function"] != "NONE":
        return None
    first, *others = operands(writer)
    rest, result = operand_tensor(first), model.tensors[writer.outputs[0]]
    if not result.shape:
        return None
    leading = result.shape[: as_int(writer.attributes["axis"]) % len(result.shape)]
    users = [operator for operator in model.operators if rest in operator.inputs]
    if isinstance(first, Operator) or rest in others or len(users) > 1 or rest in model.outputs or prod(leading) != 1:
        return None
    if state in writer.inputs or not same_numbers(model, rest, state):
        return None
    taker = next((operator for operator in model.operators if rest in operator.outputs), None)
    if taker is None or not takes_end(model, taker, state, rest):
        return None
    return shift_of(writer, rest, state), taker


def shift_of(joined: Operator, rest: int, state: int) -> Operator:
    """The SHIFT of a state that a CONCATENATION of what is left of it, ``rest``, and of others is."""
    inputs = tuple(index for index in joined.inputs if index != rest)
    joined = replace(joined, inputs=(rest, *inputs))
    return replace(joined, kind="SHIFT", inputs=(state, *inputs), outputs=(), attributes={JOINED: joined})


def takes_end(model: Model, operator: Operator, source: int, rest: int) -> bool:
    """Whether an operator takes the last elements of a tensor, all of them from some place on."""
    if operator.kind not in SLICES or operator.inputs[0] != source:
        return False
    try:
        view = slice_view(model, operator)
    except NotLowered:
        return False
    elements = model.tensors[rest].elements
    loops = merged([Loop(count, step, step) for count, step in zip(view.extents, view.strides, strict=True)])
    return loops == (Loop(elements, 1, 1),) and view.offset + elements == model.tensors[source].elements
