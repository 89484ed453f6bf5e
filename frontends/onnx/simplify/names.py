"""Names for values that arenite makes."""

from __future__ import annotations

from arenite.frontends.onnx.graph import OnnxGraph


class Names:
    """Gives names that nothing in the graph or its file has."""

    def __init__(self, graph: OnnxGraph) -> None:
        self._taken = {*graph.numbers, *graph.values, *graph.constants, *graph.declared}
        self._taken.update(name for node in graph.nodes for name in node.outputs)

    def fresh(self, wanted: str) -> str:
        name, count = wanted, 1
        while name in self._taken:
            count += 1
            name = f"{wanted}_{count}"
        self._taken.add(name)
        return name
