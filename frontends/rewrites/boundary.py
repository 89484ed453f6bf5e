"""Float or uint8 inputs and outputs of an int8 model: strip the QUANTIZE or DEQUANTIZE at the boundary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from arenite.frontends.aliases import alias_sources
from arenite.frontends.model import Model, Operator, Tensor

STRIPPED = ("float32", "uint8")


def strip_float_boundary(model: Model) -> Model:
    """The model without the QUANTIZE operators that read its float inputs and the DEQUANTIZE operators that write its
    float outputs: the caller hands over and gets the stored integers. Likewise without the QUANTIZE operators between
    uint8 inputs or outputs and the same numbers as int8, all 128 less.

    An input is stripped when a single QUANTIZE is its only reader, an output when nothing else reads it; others stay.
    Operators that only reshape may stand between: the port keeps its name and shape.
    Operators keep their indices, so messages and plans still count those of the file.
    """
    for position, index in enumerate(model.inputs):
        if model.tensors[index].dtype in STRIPPED and model.inputs.count(index) == 1:
            model = _strip_input(model, position)
    for position, index in enumerate(model.outputs):
        if model.tensors[index].dtype in STRIPPED and model.outputs.count(index) == 1:
            model = _strip_output(model, position)
    return model


def _strip_input(model: Model, position: int) -> Model:
    """Follows tensors that have one reader each to a QUANTIZE; the model as it is if the path ends before."""
    path = [model.inputs[position]]
    aliases = alias_sources(model)
    while True:
        readers = _readers(model, path[-1])
        if len(readers) != 1 or path[-1] in model.outputs:
            return model
        result = readers[0].outputs[0]
        if readers[0].kind == "QUANTIZE" and _strippable(model.tensors[path[-1]], model.tensors[result]):
            return _joined(_without(model, readers[0]), "inputs", position, path, result)
        if aliases.get(result) != path[-1]:
            return model
        path.append(result)


def _strip_output(model: Model, position: int) -> Model:
    """Likewise from the output, against the data, to a DEQUANTIZE."""
    path = [model.outputs[position]]
    aliases = alias_sources(model)
    writers = {index: operator for operator in model.operators for index in operator.outputs}
    if _readers(model, path[-1]):
        return model
    while True:
        writer = writers.get(path[-1])
        if writer is not None and writer.kind in ("QUANTIZE", "DEQUANTIZE"):
            stored = writer.inputs[0]
            if not _strippable(model.tensors[path[-1]], model.tensors[stored]):
                return model
            return _joined(_without(model, writer), "outputs", position, path, stored)
        source = aliases.get(path[-1])
        if source is None or len(_readers(model, source)) != 1 or source in model.outputs:
            return model
        path.append(source)


def _strippable(outside: Tensor, stored: Tensor) -> bool:
    """Whether a value of the stored tensor says all that one outside says: a real number, or the same one in uint8. A
    state says it for another time."""
    if stored.variable:
        return False
    if outside.dtype == "float32":
        return stored.dtype != "float32"
    if outside.dtype != "uint8" or stored.dtype != "int8" or not outside.quantisation or not stored.quantisation:
        return False
    scales = outside.quantisation.scales == stored.quantisation.scales
    return scales and outside.quantisation.zero_point - 128 == stored.quantisation.zero_point


def _joined(
    model: Model, ports: Literal["inputs", "outputs"], position: int, path: Sequence[int], stored: int
) -> Model:
    """``path``: float tensors of the same bytes from the port on, ``stored``: the integers behind the last. They take
    its place; those before it become integers likewise."""
    *before, last = path
    tensors = list(model.tensors)
    if not before:
        tensors[stored] = replace(tensors[stored], name=tensors[last].name)
        indices = list(getattr(model, ports))
        indices[position] = stored
        layouts = {stored if index == last else index: layout for index, layout in model.layouts.items()}
        changed: dict[str, Any] = {ports: tuple(indices)}
        return replace(model, tensors=tuple(tensors), layouts=layouts, **changed)
    for index in before:
        like = tensors[stored]
        tensors[index] = replace(tensors[index], dtype=like.dtype, quantisation=like.quantisation)
    operators = tuple(
        replace(
            operator,
            inputs=tuple(stored if index == last else index for index in operator.inputs),
            outputs=tuple(stored if index == last else index for index in operator.outputs),
        )
        for operator in model.operators
    )
    return replace(model, tensors=tuple(tensors), operators=operators)


def _without(model: Model, gone: Operator) -> Model:
    return replace(model, operators=tuple(one for one in model.operators if one.index != gone.index))


def _readers(model: Model, index: int) -> list[Operator]:
    return [operator for operator in model.operators if index in operator.inputs]
