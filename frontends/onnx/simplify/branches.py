"""``If`` with a condition that is known: its branch in its place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import onnx

from arenite.errors import ModelError
from arenite.frontends.onnx.file.nodes import make_node
from arenite.frontends.onnx.file.order import runnable_order
from arenite.frontends.onnx.file.subgraphs import captured
from arenite.frontends.onnx.file.tensors import sparse_to_array, to_array
from arenite.frontends.onnx.graph import Node
from arenite.frontends.onnx.simplify.fold import MAX_FOLDED_BYTES
from arenite.frontends.onnx.simplify.infer import Facts


def inline_branch(node: Node, facts: Facts, constant_sources: dict[str, tuple[int, ...]]) -> list[Node]:
    """The nodes of the branch that is taken, and Identity nodes for its results; its constants go into ``facts``.

    All of them have the sources of ``node``. Values of the branch get fresh names.
    """
    condition = facts.constants[node.inputs[0]]
    branch = node.get("then_branch" if condition.size and bool(np.all(condition)) else "else_branch")
    if not isinstance(branch, onnx.GraphProto) or len(branch.output) != len(node.outputs) or branch.input:
        raise ModelError("has no branch for its condition", operator=node.label, remedy="export the model again")
    outer = frozenset(captured(branch))
    names: dict[str, str] = {}

    def inner(name: str) -> str:
        if not name or name in outer:
            return name
        if name not in names:
            names[name] = f"{node.outputs[0]}/{name}"
        return names[name]

    sources = (*node.sources, *constant_sources.get(node.inputs[0], ()))
    local = []
    for tensor in branch.initializer:
        facts.constants[inner(tensor.name)] = to_array(tensor)
        local.append(inner(tensor.name))
    for sparse in branch.sparse_initializer:
        facts.constants[inner(sparse.values.name)] = sparse_to_array(sparse, MAX_FOLDED_BYTES)
        local.append(inner(sparse.values.name))
    constant_sources.update((name, sources) for name in local)
    made = []
    for proto in branch.node:
        one = make_node(proto, sources)
        made.append(
            replace(
                one,
                inputs=tuple(inner(name) for name in one.inputs),
                outputs=tuple(inner(name) for name in one.outputs),
            )
        )
    ordered = runnable_order(made, (*outer, *local))
    results = [
        Node("Identity", (inner(info.name),), (name,), {}, sources)
        for info, name in zip(branch.output, node.outputs, strict=True)
        if name
    ]
    return [*ordered, *results]
