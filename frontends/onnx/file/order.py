"""The order of nodes in a file: kept where it can run, made where ONNX's rule was broken, refused where none exists."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence

from arenite.errors import ModelError
from arenite.frontends.onnx.file.subgraphs import reads
from arenite.frontends.onnx.graph import Node

_EXPORT_AGAIN = "export the model again"


def runnable_order(nodes: Sequence[Node], defined: Iterable[str]) -> tuple[Node, ...]:
    """``nodes`` such that each reads only what was ``defined`` or written before; file order wherever that works.

    Raises:
        ModelError: a value is written twice, is never written, or needs itself.
    """
    known = frozenset(defined)
    writers: dict[str, int] = {}
    for index, node in enumerate(nodes):
        for name in node.outputs:
            if name and (name in writers or name in known):
                what = f"writes '{name}', which has a value already"
                raise ModelError(what, operator=node.label, remedy=_EXPORT_AGAIN)
            if name:
                writers[name] = index
    readers: list[list[int]] = [[] for _ in nodes]
    waiting = []
    for index, node in enumerate(nodes):
        needed = {name for name in reads(node) if name not in known}
        for name in sorted(needed):
            if name not in writers:
                raise ModelError(f"reads '{name}', which nothing writes", operator=node.label, remedy=_EXPORT_AGAIN)
        sources = {writers[name] for name in needed}
        waiting.append(len(sources))
        for source in sources:
            readers[source].append(index)
    ready = [index for index, count in enumerate(waiting) if not count]
    order = []
    while ready:
        index = heapq.heappop(ready)
        order.append(nodes[index])
        for reader in readers[index]:
            waiting[reader] -= 1
            if not waiting[reader]:
                heapq.heappush(ready, reader)
    if len(order) < len(nodes):
        stuck = next(node for node, count in zip(nodes, waiting, strict=True) if count)
        raise ModelError("needs its own result", operator=stuck.label, remedy=_EXPORT_AGAIN)
    return tuple(order)
