"""Float inputs and outputs of an int8 model: strip the QUANTIZE or DEQUANTIZE at the boundary."""

from __future__ import annotations

from dataclasses import replace

from arenite.frontends.model import Model, Operator


def strip_float_boundary(model: Model) -> Model:
    """The model without the QUANTIZE operators that read its float inputs and the DEQUANTIZE operators that write its
    float outputs: the caller hands over and gets the stored integers.

    An input is stripped when a single QUANTIZE is its only reader, an output when nothing else reads it; others stay.
    Operators keep their indices, so messages and plans still count those of the file.
    """
    readers: dict[int, list[Operator]] = {}
    writers: dict[int, Operator] = {}
    for operator in model.operators:
        for index in set(operator.inputs):
            readers.setdefault(index, []).append(operator)
        for index in operator.outputs:
            writers[index] = operator
    removed: set[int] = set()
    inputs, outputs = list(model.inputs), list(model.outputs)
    for position, index in enumerate(inputs):
        users = readers.get(index, [])
        if len(users) == 1 and users[0].kind == "QUANTIZE" and _is_float(model, index) and index not in outputs:
            removed.add(users[0].index)
            inputs[position] = users[0].outputs[0]
    for position, index in enumerate(outputs):
        writer = writers.get(index)
        if writer and writer.kind == "DEQUANTIZE" and not readers.get(index) and outputs.count(index) == 1:
            removed.add(writer.index)
            outputs[position] = writer.inputs[0]
    kept = tuple(operator for operator in model.operators if operator.index not in removed)
    return replace(model, operators=kept, inputs=tuple(inputs), outputs=tuple(outputs))


def _is_float(model: Model, index: int) -> bool:
    return model.tensors[index].dtype == "float32"
