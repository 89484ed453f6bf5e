"""Which operator of the Model stands for a node of the file that has none of its own."""

from __future__ import annotations

from dataclasses import replace

from arenite.frontends.model import Model
from arenite.frontends.onnx.file.subgraphs import reads
from arenite.frontends.onnx.graph import OnnxGraph


def account(model: Model, graph: OnnxGraph) -> Model:
    """``model`` with every node of the file that its outputs depend on among its operators or in ``folded``.

    The passes hand on where nodes went that they join. What computes shapes, and constants that a conversion only
    looks at, leaves nothing behind: such a node goes to the first operator that stands for a reader of its result.

    Args:
        graph: as ``load_graph`` gives it, of the same file.
    """
    hosts = dict(model.folded)
    hosts.update((operator.index, operator.index) for operator in model.operators if operator.index < graph.file_nodes)
    first_reader: dict[str, int] = {}
    for node in reversed(graph.nodes):
        (source,) = node.sources
        host = hosts.get(source)
        if host is None:
            host = next((first_reader[name] for name in node.outputs if name in first_reader), None)
        if host is not None:
            hosts[source] = host
            first_reader.update(dict.fromkeys(reads(node), host))
    own = {operator.index for operator in model.operators}
    return replace(model, folded={source: host for source, host in hosts.items() if source not in own})
