"""Operators that compute a part of a concatenation's channels: their kernels write where the copies would go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod

from arenite.frontends.lowering import Call, NotLowered
from arenite.frontends.model import Model, Operator, Tensor
from arenite.frontends.operators import PARTS, lower
from arenite.frontends.operators.tensors import as_int

LOOKUP_KERNELS = {"arenite_lookup_s8": "arenite_concatenate_lookup_s8"}
"""Kernels -> those that do the same to a part of the channels, with the layer of a copy."""


def operands(operator: Operator) -> tuple[int | Operator, ...]:
    """The operands of a CONCATENATION, in order."""
    found = operator.attributes.get(PARTS, operator.inputs)
    assert isinstance(found, tuple)
    return found


def operators_in(operator: Operator) -> list[Operator]:
    """The operators that compute operands of a CONCATENATION in its step."""
    return [part for part in operands(operator) if isinstance(part, Operator)]


def of_parts(operator: Operator, parts: Sequence[int | Operator]) -> Operator:
    """The operator as a CONCATENATION of these operands; it has the other attributes of one."""
    reads = (part.inputs if isinstance(part, Operator) else (part,) for part in parts)
    inputs = tuple(dict.fromkeys(index for indices in reads for index in indices))
    return replace(operator, inputs=inputs, attributes={**operator.attributes, PARTS: tuple(parts)})


def operand_tensor(operand: int | Operator) -> int:
    """The index of the tensor that is concatenated, whether it lies in memory or not."""
    return operand.outputs[0] if isinstance(operand, Operator) else operand


def is_lowered(model: Model, operator: Operator) -> bool:
    try:
        lower(model, operator)
    except NotLowered:
        return False
    return True


def alike(model: Model, operator: Operator, other: Operator) -> bool:
    """Whether two concatenations that have kernels are along one axis, in one quantisation."""
    if not is_lowered(model, operator) or not is_lowered(model, other):
        return False
    ranks = {len(model.tensors[one.outputs[0]].shape) for one in (operator, other)}
    axes = {as_int(one.attributes["axis"]) % max(ranks) for one in (operator, other)}
    return len(ranks) == len(axes) == 1 and same_numbers(model, operator.outputs[0], other.outputs[0])


def same_numbers(model: Model, one: int, other: int) -> bool:
    """Whether equal bytes of two tensors stand for equal numbers."""
    found = (model.tensors[index].quantisation for index in (one, other))
    return len({(own.scales, own.zero_points) if own else None for own in found}) == 1


def part_calls(model: Model, operator: Operator, copy: Call) -> tuple[Call, ...]:
    """The calls of ``operator``'s kernels that write into the concatenation of NHWC tensors along their channels.

    Args:
        copy: the call that would copy the operator's result.

    Raises:
        NotLowered: no kernel can.
    """
    lowering = lower(model, operator)
    if not lowering.calls or lowering.scratch_bytes or lowering.states or len(lowering.outputs) != 1:
        raise NotLowered(f"{operator.label} is no call of a kernel alone")
    result = model.tensors[lowering.outputs[0]]
    # Of each pixel the copy has a piece; along rows or columns a piece may be several pixels.
    pieces = copy.layer["rows"], copy.layer["chunks"]
    if len(result.shape) != 4 or pieces != (prod(result.shape[:2]), result.shape[2]):
        raise NotLowered(f"tensor {result.index} is not concatenated along its channels")
    return tuple(_part_call(call, copy, result) for call in lowering.calls)


def _part_call(call: Call, copy: Call, result: Tensor) -> Call:
    if call.kernel in LOOKUP_KERNELS:
        return Call(LOOKUP_KERNELS[call.kernel], copy.layer, call.inputs, call.constants)
    if "output_stride" not in call.layer or call.layer["output_start"]:
        raise NotLowered(f"{call.kernel} writes its results one behind the other")
    columns, channels = result.shape[2:]
    layer = dict(call.layer)
    if layer.get("columns", columns) != columns:
        # All columns were one.
        layer |= {"columns": columns, "channels": channels}
        steps = {name: f"{name}_channel_stride" for name in "ab"}
        layer |= {f"{name}_column_stride": channels * layer[step] for name, step in steps.items() if step in layer}
    item = copy.layer["bytes"] // channels
    layer |= {"output_stride": copy.layer["stride"] // item, "output_start": copy.layer["offset"] // item}
    return Call(call.kernel, layer, call.inputs, call.constants)
