"""The graph of rows that a graph of operators is split into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from arenite.graph import Graph
from arenite.rows.forms import RowForm

Bands = Mapping[int, int]
"""Buffer -> rows of it that are one piece, for the buffers that are split."""


@dataclass(frozen=True)
class Unit:
    """What a step of the row graph does: rows ``first`` to ``last`` (half-open) of the results of the operator that is
    ``step`` of the split graph. ``taken``: instead, rows of its operand (half-open) go into the accumulator of row
    ``first``, and the result is finished if they are the last. ``pushed``: instead, the caller hands in these rows of
    an input; ``step`` is then -1.
    """

    step: int
    first: int
    last: int
    taken: tuple[int, int] | None = None
    pushed: bool = False


@dataclass(frozen=True)
class Piece:
    """Rows ``first`` to ``last`` (half-open) of a buffer of the split graph; ``buffer`` is -1 for an accumulator."""

    buffer: int
    first: int
    last: int


@dataclass(frozen=True)
class RowGraph:
    """``graph`` is ``source`` with each buffer of ``bands`` in pieces, and the steps ``kept`` whole; ``units[i]`` and
    ``pieces[j]`` say what its steps and buffers are. ``eager``: steps of ``source`` all of whose rows run before the
    caller hands in a row that they do not need."""

    source: Graph
    bands: Bands
    graph: Graph
    units: tuple[Unit, ...]
    pieces: tuple[Piece, ...]
    kept: frozenset[int] = frozenset()
    eager: frozenset[int] = frozenset()

    @property
    def pushed(self) -> frozenset[int]:
        """Inputs of ``source`` that the caller hands in row by row."""
        return frozenset(
            piece.buffer for piece, buffer in zip(self.pieces, self.graph.buffers, strict=True) if buffer.caller_bytes
        )


def row_counts(graph: Graph, forms: Sequence[RowForm | None]) -> dict[int, int]:
    """Buffer -> the number of rows that it can be split into: as the step has it that writes it; for inputs, as all
    steps agree that read it by rows."""
    rows: dict[int, int] = {}
    scratch = scratch_buffers(graph)
    wanted: dict[int, set[int]] = {buffer: set() for buffer in graph.inputs}
    for step, form in zip(graph.steps, forms, strict=True):
        if form is None:
            continue
        if form.rows > 1:
            rows.update(dict.fromkeys((buffer for buffer in step.writes if buffer not in scratch), form.rows))
        for buffer, operand in form.operands.items():
            if buffer in wanted and operand.rows > 1:
                wanted[buffer].add(operand.rows)
    for buffer, counts in wanted.items():
        if len(counts) == 1:
            rows[buffer] = counts.pop()
    return {buffer: count for buffer, count in rows.items() if graph.buffers[buffer].bytes % count == 0}


def scratch_buffers(graph: Graph) -> set[int]:
    """What a step writes for itself alone."""
    used = {*graph.inputs, *graph.outputs, *(buffer for step in graph.steps for buffer in step.reads)}
    return {number for number, item in enumerate(graph.buffers) if item.source_tensor is None and number not in used}
