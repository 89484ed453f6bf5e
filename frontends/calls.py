"""Control flow: what the subgraphs that an operator calls need while it runs."""

from __future__ import annotations

from collections.abc import Sequence

from arenite.errors import ModelError, UnsupportedError
from arenite.frontends.checks import MAX_ARENA_BYTES
from arenite.frontends.model import Model, Operator

_CALLED = {
    "CALL": ("subgraph",),
    "CALL_ONCE": ("init_subgraph_index",),
    "IF": ("then_subgraph_index", "else_subgraph_index"),
    "WHILE": ("cond_subgraph_index", "body_subgraph_index"),
}
_CONVERT_AGAIN = "convert the model again"

MAX_DEPTH = 64
"""Calls within calls."""


def called_subgraphs(operator: Operator) -> tuple[int, ...]:
    """Indices of the subgraphs that an operator runs, as the file gives them."""
    attributes = (operator.attributes.get(name) for name in _CALLED.get(operator.kind, ()))
    return tuple(index for index in attributes if isinstance(index, int))


def call_bytes(models: Sequence[Model]) -> tuple[int, ...]:
    """For each subgraph of a file, the bytes of all its activations side by side, those of its own calls included.

    More than a planner would need, but nothing in arenite orders or packs the inside of a loop: a place of this size
    holds any order of it. Raises ModelError for a call of a subgraph that does not exist or that needs more than
    ``MAX_ARENA_BYTES``, UnsupportedError for recursion.
    """
    known: dict[int, int] = {}

    def measure(number: int, depth: int) -> int:
        if depth > MAX_DEPTH:
            raise UnsupportedError(
                "its subgraphs call each other in a circle", file=models[0].file, remedy="convert without recursion"
            )
        if number not in known:
            model = models[number]
            own = {*model.inputs, *(index for operator in model.operators for index in operator.outputs)}
            size = sum(model.tensors[index].bytes for index in own if not model.tensors[index].variable)
            for operator in model.operators:
                for called in called_subgraphs(operator):
                    if not 0 <= called < len(models):
                        raise ModelError(
                            f"calls subgraph {called} of {len(models)}",
                            file=model.file,
                            operator=operator.label,
                            remedy=_CONVERT_AGAIN,
                        )
                    size += measure(called, depth + 1)
            if size > MAX_ARENA_BYTES:
                raise ModelError(f"subgraph {number} needs {size} bytes", file=model.file, remedy=_CONVERT_AGAIN)
            known[number] = size
        return known[number]

    return tuple(measure(number, 0) for number in range(len(models)))
