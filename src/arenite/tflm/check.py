"""The last look at a rewritten file, before it leaves the tool: read again, it must be the old one in another order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from arenite.frontends.model import Model, Operator, Tensor
from arenite.frontends.tflite import control as tflite_control
from arenite.frontends.tflite import parse_subgraphs
from arenite.frontends.tflite.edit import metadata_place, operator_words, read_metadata
from arenite.frontends.tflite.tflm import tflm_subgraphs
from arenite.tflm import offline_plan
from arenite.tflm.arena import TflmSubgraph, requirements, source_orders
from arenite.tflm.greedy import head_bytes
from arenite.tflm.ordering import to_graph
from arenite.validate import InvalidPlan, validate_schedule


@dataclass(frozen=True)
class Rewritten:
    """``new`` shall be ``old`` with the operators of subgraph s in the order ``orders[s]``, and TFLM shall need
    ``head`` bytes for it."""

    file: str
    old: bytes
    new: bytes
    orders: tuple[tuple[int, ...], ...]
    head: int


def check_rewritten(result: Rewritten, models: Sequence[Model], subgraphs: Sequence[TflmSubgraph]) -> None:
    """Raises InvalidPlan unless ``result`` is what it shall be; ``models`` and ``subgraphs`` are the old file's."""

    def require(holds: bool, what: str) -> None:
        if not holds:
            raise InvalidPlan(f"the rewritten file has {what}")

    again = parse_subgraphs(result.new, result.file)
    require(len(again) == len(models), "another number of subgraphs")
    for before, after, subgraph, order in zip(models, again, subgraphs, result.orders, strict=True):
        graph = to_graph(subgraph, [0] * len(subgraph.operators))
        validate_schedule(graph, (0, *(index + 1 for index in order)))
        operators = [_operator_facts(before.operators[index]) for index in order]
        require(operators == list(map(_operator_facts, after.operators)), "other operators")
        require((before.inputs, before.outputs) == (after.inputs, after.outputs), "other inputs or outputs")
        require(list(map(_tensor_facts, before.tensors)) == list(map(_tensor_facts, after.tensors)), "other tensors")
    require(_same_bytes(result.old, result.new), "changes beside the order")
    seen = tflm_subgraphs(again, result.new)
    content = read_metadata(result.new, offline_plan.ENTRY)
    offsets = None if content is None else offline_plan.decode(content, seen)
    needed = head_bytes(requirements(seen, source_orders(seen), offsets))
    require(needed == result.head, f"a head of {needed} bytes, not {result.head}")


def _same_bytes(old: bytes, new: bytes) -> bool:
    """Whether the old file stands in the new one, at its end, but for the order of operators and the two metadata
    entries that go with it."""
    if len(new) < len(old):
        return False
    before = np.frombuffer(old, np.uint8)
    differs = before != np.frombuffer(new, np.uint8)[len(new) - len(old) :]
    for start, count in operator_words(old):
        differs[start : start + 4 * count] = False
    for entry in (offline_plan.ENTRY, tflite_control.ENTRY):
        place = metadata_place(old, entry)
        if place is not None:
            differs[place.start : place.start + place.length] = False
    return not differs.any()


def _operator_facts(operator: Operator) -> tuple[object, ...]:
    return operator.kind, operator.inputs, operator.outputs, operator.attributes


def _tensor_facts(tensor: Tensor) -> tuple[object, ...]:
    data = None if tensor.data is None else tensor.data.tobytes()
    return tensor.name, tensor.shape, tensor.dtype, tensor.quantisation, tensor.constant, tensor.variable, data
