"""A plan as tensors and the rows that they lie in memory as: what the maps and tables of rows show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from arenite.graph import ArenaPlan
from arenite.report.plan_json import Placement, placements
from arenite.rows.row_graph import Piece, RowGraph


@dataclass(frozen=True)
class RowPlace:
    """Rows ``first_row`` to ``last_row`` (half-open) of a tensor where they lie, during a closed range of steps."""

    first_row: int
    last_row: int
    placement: Placement


@dataclass(frozen=True)
class TensorRows:
    """A tensor and its pieces in memory. ``key`` is its buffer in the graph of whole operators; accumulators, which are
    not in it, have negative ones.

    ``bytes``: of the whole tensor, in its ``rows`` rows; ``most_bytes`` and ``most_rows`` are what lives at most at
    once. ``glued``: its rows lie one behind the other. ``written_by``: the operator; empty for inputs.
    """

    key: int
    name: str
    role: str
    rows: int
    bytes: int
    most_bytes: int
    most_rows: int
    glued: bool
    written_by: str
    places: tuple[RowPlace, ...]

    def bytes_at(self, step: int) -> int:
        """What lives of it during a step."""
        placed = (place.placement for place in self.places)
        return sum(one.bytes for one in placed if one.first_step <= step <= one.last_step)

    @property
    def kind(self) -> str:
        """How it lies in memory, in words."""
        if self.role in ("scratch", "accumulator"):
            return self.role
        if len(self.places) == 1:
            return "in one piece"
        if self.most_bytes < self.bytes:
            return "line buffer"
        return "whole, then row by row" if self.glued else "whole, in scattered rows"


def tensor_rows(plan: ArenaPlan, rows: RowGraph | None = None) -> tuple[TensorRows, ...]:
    """The tensors of a plan that take bytes of the arena, inputs first, then as the file's order writes them.

    Args:
        rows: what ``plan.graph`` was made of; None if its buffers are whole tensors.
    """
    found: dict[int, list[Placement]] = {}
    pieces = rows.pieces if rows else tuple(Piece(index, 0, 1) for index in range(len(plan.graph.buffers)))
    keys = _keys(plan, pieces)
    for one in placements(plan):
        if one.bytes and not plan.graph.buffers[one.index].caller_bytes:
            found.setdefault(keys[one.index], []).append(one)
    written = {buffer: step.name for step in (rows.source if rows else plan.graph).steps for buffer in step.writes}
    glued = {member for group in plan.graph.glued for member, _ in group.members}
    pushed = {piece.buffer for piece, step in _pushes(plan, rows)}
    tensors = []
    for key, placed in sorted(found.items(), key=lambda item: _birth(item[0], placed=item[1])):
        places = tuple(RowPlace(pieces[one.index].first, pieces[one.index].last, one) for one in placed)
        source = (rows.source if rows else plan.graph).buffers[key] if key >= 0 else None
        role = "accumulator" if source is None else "input" if key in pushed else placed[0].role
        alone = role in ("scratch", "accumulator")
        tensors.append(
            TensorRows(
                key=key,
                name=source.name if source else placed[0].name,
                role=role,
                rows=1 if alone else max(place.last_row for place in places),
                bytes=source.bytes if source else placed[0].bytes,
                most_bytes=max(live for _, live in live_bytes(placed)),
                most_rows=1 if alone else _most_rows(places),
                glued=placed[0].index in glued,
                written_by=written.get(key, placed[0].producer.partition("[")[0] if source is None else ""),
                places=places,
            )
        )
    return tuple(tensors)


def push_steps(plan: ArenaPlan, rows: RowGraph | None) -> tuple[int, ...]:
    """Positions in the execution order of the steps in which the caller hands in rows, ascending."""
    return tuple(step for _, step in _pushes(plan, rows))


@dataclass(frozen=True)
class RowFigures:
    """What rows change, in figures. ``operators``: of the graph that was split; ``operators_bytes``: the arena of them
    as a whole, in their best order. ``pushed_rows``: rows of the input that the caller hands in, 0 if it does not;
    ``pushed_bytes``: what they would take together. ``eager``: how many of the operators are done with each row before
    the next one comes; ``eager_ops``: what these are in the model file."""

    operators: int
    operators_bytes: int
    pushed_rows: int
    pushed_bytes: int
    eager: int = 0
    eager_ops: tuple[int, ...] = ()

    def saving(self, arena_bytes: int) -> float:
        """The share of the arena of whole operators that rows do without."""
        return 1 - arena_bytes / self.operators_bytes if self.operators_bytes else 0.0


def row_figures(plan: ArenaPlan, rows: RowGraph, operators_bytes: int) -> RowFigures:
    """``plan`` is one of ``rows.graph``."""
    handed = [rows.units[plan.order[step]] for step in push_steps(plan, rows)]
    return RowFigures(
        len(rows.source.steps),
        operators_bytes,
        sum(unit.last - unit.first for unit in handed),
        sum(rows.source.buffers[buffer].bytes for buffer in rows.source.inputs) if handed else 0,
        len(rows.eager),
        tuple(sorted({source for step in rows.eager for source in rows.source.steps[step].source_ops})),
    )


def live_bytes(placed: Iterable[Placement]) -> list[tuple[int, int]]:
    """Pairs (step, bytes that live from it on), ascending."""
    changes: dict[int, int] = {}
    for one in placed:
        changes[one.first_step] = changes.get(one.first_step, 0) + one.bytes
        changes[one.last_step + 1] = changes.get(one.last_step + 1, 0) - one.bytes
    steps = sorted(changes)
    return list(zip(steps, accumulate(changes[step] for step in steps), strict=True))


def _most_rows(places: Sequence[RowPlace]) -> int:
    changes: dict[int, int] = {}
    for place in places:
        count = place.last_row - place.first_row
        begin, end = place.placement.first_step, place.placement.last_step + 1
        changes[begin] = changes.get(begin, 0) + count
        changes[end] = changes.get(end, 0) - count
    return max(accumulate(changes[step] for step in sorted(changes)))


def _pushes(plan: ArenaPlan, rows: RowGraph | None) -> list[tuple[Piece, int]]:
    """What is handed in, and when."""
    if rows is None:
        return []
    return [
        (rows.pieces[plan.graph.steps[step].writes[0]], position)
        for position, step in enumerate(plan.order)
        if rows.units[step].pushed
    ]


def _keys(plan: ArenaPlan, pieces: Sequence[Piece]) -> list[int]:
    """The tensor of each buffer. All accumulators of an operator are one tensor."""
    keys = [piece.buffer for piece in pieces]
    operators: dict[str, int] = {}
    for step in plan.graph.steps:
        for buffer in step.writes:
            if keys[buffer] < 0:
                keys[buffer] = operators.setdefault(step.name.partition("[")[0], -1 - len(operators))
    return keys


def _birth(key: int, placed: Sequence[Placement]) -> tuple[int, int]:
    """Inputs first, then by number of the buffer: frontends number them as the file's order writes them."""
    return (0 if placed[0].role == "input" else 1, key if key >= 0 else (1 << 30) - key)
