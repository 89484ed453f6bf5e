"""Which buffers the names and numbers in pins stand for, and which regions each buffer may lie in."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from arenite.errors import AreniteError
from arenite.graph import Graph
from arenite.regions.request import RegionRequest


def allowed_regions(
    graph: Graph, request: RegionRequest, source_names: Sequence[str] = (), *, file: str | None = None
) -> tuple[tuple[int, ...], ...]:
    """For each buffer the numbers of the regions that it may lie in.

    A pin names a tensor as plans do, as the model file does (``source_names``), or by its number there.

    Raises AreniteError for a pin that names no tensor or several, for contradicting pins, and for a buffer that is
    larger than its region.
    """
    number = {region.name: place for place, region in enumerate(request.regions)}
    everywhere = tuple(range(len(request.regions)))
    pinned: dict[int, int] = {}
    for tensor, name in request.pins:
        buffer = _buffer(graph, tensor, source_names, file)
        region = number[name]
        here = graph.buffers[buffer]
        if here.caller_bytes:
            raise AreniteError(
                f"{tensor} is pinned to {name}, but lies in the caller's memory", file=file,
                remedy="leave out the pin or --io-memory caller",
            )  # fmt: skip
        if pinned.setdefault(buffer, region) != region:
            other = request.regions[pinned[buffer]].name
            raise AreniteError(
                f"{tensor} is pinned to {name}, but its bytes are those of a tensor that is pinned to {other}",
                file=file, remedy="remove one of the pins",
            )  # fmt: skip
        size = request.regions[region].bytes
        if size is not None and here.bytes > size:
            raise AreniteError(
                f"{tensor} needs {here.bytes:,} bytes and is pinned to {name}, which has {size:,}", file=file,
                remedy="pin it to a larger region",
            )  # fmt: skip
    return tuple(
        (pinned[buffer],) if buffer in pinned else everywhere for buffer in range(len(graph.buffers))
    )  # fmt: skip


def _buffer(graph: Graph, tensor: str, source_names: Sequence[str], file: str | None) -> int:
    by_name: dict[str, set[int]] = {}
    by_source: dict[str, set[int]] = {}
    by_number: dict[str, set[int]] = {}
    for index, buffer in enumerate(graph.buffers):
        for name, source in (
            (buffer.name, buffer.source_tensor),
            *((alias.name, alias.source_tensor) for alias in buffer.aliases),
        ):
            by_name.setdefault(name, set()).add(index)
            if source is not None:
                by_number.setdefault(str(source), set()).add(index)
                if source < len(source_names):
                    by_source.setdefault(source_names[source], set()).add(index)
    for known in (by_name, by_source, by_number):
        found = known.get(tensor, set())
        if len(found) == 1:
            return next(iter(found))
        if found:
            raise AreniteError(
                f"{len(found)} tensors are called {tensor}", file=file, remedy="pin by the tensor's number in the file"
            )
    near = get_close_matches(tensor, dict.fromkeys([*by_name, *by_source]), 3)
    raise AreniteError(
        f"no tensor in memory is called {tensor}", file=file,
        remedy=f"did you mean {' or '.join(near)}?" if near else "see the tensors in the result of --json",
    )  # fmt: skip
