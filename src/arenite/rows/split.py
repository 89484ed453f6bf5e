"""A graph of operators, split into rows: the graph on which the same searches find orders that stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from arenite.graph import Buffer, Glue, Graph, Step
from arenite.rows.forms import Operand, RowForm
from arenite.rows.pushes import eager_order
from arenite.rows.row_graph import Bands, Piece, RowGraph, Unit, row_counts, scratch_buffers


def split(
    graph: Graph,
    forms: Sequence[RowForm | None],
    bands: Bands,
    *,
    pushed: frozenset[int] = frozenset(),
    eager: frozenset[int] = frozenset(),
    kept: frozenset[int] = frozenset(),
) -> RowGraph:
    """``graph`` with each buffer of ``bands`` in pieces of so many rows, and what writes it in as many steps.

    Steps without a form, and those whose result is not in ``bands``, stay whole, unless they can take their operand in
    row by row. Rows of one operator run in ascending order.

    Args:
        forms: one for each step.
        bands: of buffers in ``row_counts``; all results of a step are in it with the same height, or none is.
        pushed: inputs that the caller hands in row by row, in ``bands``.
        eager: steps of ``graph``; every order has to run what of them needs only rows that were handed in before the
            next one is.
        kept: steps that stay whole whatever their form is; their results are not in ``bands``.
    """
    forms = [None if number in kept else form for number, form in enumerate(forms)]
    return _Splitter(graph, forms, bands, pushed, eager, kept).split()


@dataclass
class _Splitter:
    source: Graph
    forms: Sequence[RowForm | None]
    bands: Bands
    pushed: frozenset[int]
    eager: frozenset[int]
    kept: frozenset[int]
    rows: dict[int, int] = field(default_factory=dict)
    contiguous: set[int] = field(default_factory=set)
    buffers: list[Buffer] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    pieces_of: dict[int, list[int]] = field(default_factory=dict)
    inputs: list[int] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    steps_of: list[list[int]] = field(default_factory=list)
    after: list[tuple[int, int]] = field(default_factory=list)
    scratch: set[int] = field(default_factory=set)
    row_scratch: list[int] = field(default_factory=list)

    def split(self) -> RowGraph:
        graph = self.source
        self.rows = row_counts(graph, self.forms)
        self.scratch = scratch_buffers(graph)
        self.contiguous = self._contiguous()
        for buffer in graph.inputs:
            if buffer in self.pushed:
                self._push(buffer)
            else:
                self._add_pieces(buffer)
                self.inputs += self.pieces_of[buffer]
        for number, (step, form) in enumerate(zip(graph.steps, self.forms, strict=True)):
            begin = len(self.steps)
            for buffer in step.writes:
                if buffer not in self.scratch:
                    self._add_pieces(buffer)
            if form is not None and self._takes_rows(step, form):
                self._accumulate(number, step, form)
            elif form is not None and any(buffer in self.bands for buffer in step.writes):
                for first, last in _bands(form.rows, self._height(step)):
                    self._add_rows(number, step, form, first, last)
            else:
                self._add(step, step.name, [p for b in step.reads for p in self.pieces_of[b]], step.writes, step.macs)
                self.units.append(Unit(number, 0, form.rows if form else 1))
            added = range(begin, len(self.steps))
            self.after += pairwise(added)
            self.steps_of.append(list(added))
        self.after += [(self.steps_of[first][-1], self.steps_of[second][0]) for first, second in graph.after]
        return self._finished()

    def _height(self, step: Step) -> int:
        return next(self.bands[buffer] for buffer in step.writes if buffer in self.bands)

    def _by_rows(self, buffer: int, operand: Operand) -> bool:
        return buffer in self.bands and operand.rows == self.rows[buffer]

    def _takes_rows(self, step: Step, form: RowForm) -> bool:
        """Whether an accumulator is smaller than the rows that would wait for the last one."""
        if not form.accumulator_bytes:
            return False
        ((buffer, operand),) = form.operands.items()
        heights = [self.bands.get(written, form.rows) for written in step.writes if written not in self.scratch]
        if not self._by_rows(buffer, operand) or any(height > 1 for height in heights):
            return False
        if any(first >= last for first, last in operand.needs):
            return False
        row_bytes = self.source.buffers[buffer].bytes // operand.rows
        most = max(last - first for first, last in operand.needs)
        return (most - self.bands[buffer]) * row_bytes > form.accumulator_bytes

    def _contiguous(self) -> set[int]:
        """Buffers in pieces that somebody needs as a whole, or in other rows."""
        found = {buffer for buffer in self.source.inputs if buffer in self.bands and buffer not in self.pushed}
        found |= {buffer for buffer in self.source.outputs if buffer in self.bands}
        for step, form in zip(self.source.steps, self.forms, strict=True):
            for buffer in step.reads:
                if buffer in self.bands and (
                    form is None
                    or not self._by_rows(buffer, form.operands[buffer])
                    or not (self._takes_rows(step, form) or any(written in self.bands for written in step.writes))
                ):
                    found.add(buffer)
        return found

    def _add_pieces(self, buffer: int) -> None:
        whole = self.source.buffers[buffer]
        if buffer not in self.bands:
            self.pieces_of[buffer] = [self._add_buffer(whole, Piece(buffer, 0, self.rows.get(buffer, 1)))]
            return
        count, row_bytes = self.rows[buffer], whole.bytes // self.rows[buffer]
        self.pieces_of[buffer] = [
            self._add_buffer(
                replace(
                    whole,
                    name=f"{whole.name}{_index(first, last)}",
                    bytes=(last - first) * row_bytes,
                    rows=_covering(whole.rows, first, last, count),
                    aliases=tuple(
                        replace(
                            alias,
                            name=f"{alias.name}{_index(first, last)}",
                            rows=_covering(alias.rows, first, last, count),
                        )
                        for alias in whole.aliases
                    ),
                ),
                Piece(buffer, first, last),
            )
            for first, last in _bands(count, self.bands[buffer])
        ]

    def _add_buffer(self, buffer: Buffer, piece: Piece) -> int:
        self.buffers.append(buffer)
        self.pieces.append(piece)
        return len(self.buffers) - 1

    def _needed(self, buffer: int, operand: Operand, first: int, last: int) -> list[int]:
        """Pieces of ``buffer`` with a byte of rows ``first`` to ``last`` of ``operand`` (half-open, not empty); all of
        them if it sees other rows, because then it gets the tensor as a whole."""
        pieces = self.pieces_of[buffer]
        if not self._by_rows(buffer, operand):
            return pieces
        return self._overlapping(buffer, first, last)

    def _written(self, step: Step, first: int, last: int) -> list[int]:
        written = [buffer for buffer in step.writes if buffer not in self.scratch]
        return [piece for buffer in written for piece in self._overlapping(buffer, first, last)]

    def _overlapping(self, buffer: int, first: int, last: int) -> list[int]:
        """Pieces with one of the rows ``first`` to ``last`` (half-open, not empty), without a look at the others."""
        height = self.bands.get(buffer)
        pieces = self.pieces_of[buffer]
        return pieces if height is None else pieces[first // height : -(-last // height)]

    def _add_rows(self, number: int, step: Step, form: RowForm, first: int, last: int) -> None:
        reads: dict[int, None] = {}
        for buffer, operand in form.operands.items():
            ranges = [operand.needs[row] for row in range(first, last) if operand.needs[row][0] < operand.needs[row][1]]
            if ranges:
                low, high = min(r[0] for r in ranges), max(r[1] for r in ranges)
                reads.update(dict.fromkeys(self._needed(buffer, operand, low, high)))
        macs = step.macs * last // form.rows - step.macs * first // form.rows
        results = self._written(step, first, last)
        pairs = [
            (read, written)
            for source, result in step.in_place
            if self._by_rows(source, form.operands[source])
            and all(form.operands[source].needs[row] == (row, row + 1) for row in range(first, last))
            for read in reads
            for written in results
            if (self.pieces[read].buffer, self.pieces[written].buffer) == (source, result)
            and (self.pieces[read].first, self.pieces[read].last) == (first, last)
        ]
        begin = len(self.buffers)
        self._add(step, f"{step.name}{_index(first, last)}", list(reads), step.writes, macs, results, pairs)
        self.row_scratch += range(begin, len(self.buffers))
        self.units.append(Unit(number, first, last))

    def _accumulate(self, number: int, step: Step, form: RowForm) -> None:
        ((buffer, operand),) = form.operands.items()
        total = sum(last - first for first, last in operand.needs)
        for row, (first, last) in enumerate(operand.needs):
            pieces = self._needed(buffer, operand, first, last)
            name = f"{step.name}_sums{_index(row, row + 1) if form.rows > 1 else ''}"
            sums = -1
            for piece in pieces:
                low, high = max(self.pieces[piece].first, first), min(self.pieces[piece].last, last)
                reads, writes = [piece], list[int]()
                if sums >= 0:
                    reads.append(sums)
                elif len(pieces) > 1:
                    sums = self._add_buffer(Buffer(name, form.accumulator_bytes, 4), Piece(-1, row, row + 1))
                    writes.append(sums)
                if piece == pieces[-1]:
                    writes += self._written(step, row, row + 1)
                macs = step.macs * (high - low) // total
                # Accumulators are all the memory that this takes.
                self._add(step, f"{step.name}{_index(low, high)}", reads, (), macs, writes)
                self.units.append(Unit(number, row, row + 1, taken=(low, high)))

    def _add(
        self,
        step: Step,
        name: str,
        reads: list[int],
        written: Sequence[int],
        macs: int,
        results: list[int] | None = None,
        in_place: Sequence[tuple[int, int]] = (),
    ) -> None:
        """A step with scratch of its own. ``results``: pieces that it writes, all of ``written`` by default."""
        if results is None:
            results = [piece for b in written if b not in self.scratch for piece in self.pieces_of[b]]
            in_place = [
                (self.pieces_of[read][0], self.pieces_of[result][0])
                for read, result in step.in_place
                if len(self.pieces_of[read]) == len(self.pieces_of[result]) == 1
            ]
        suffix = name.removeprefix(step.name)
        for buffer in written:
            if buffer in self.scratch:
                scratch = self.source.buffers[buffer]
                results = [
                    *results,
                    self._add_buffer(replace(scratch, name=f"{scratch.name}{suffix}"), Piece(buffer, 0, 1)),
                ]
        self.steps.append(
            replace(step, name=name, reads=tuple(reads), writes=tuple(results), macs=macs, in_place=tuple(in_place))
        )

    def _push(self, buffer: int) -> None:
        """Steps that bring the rows of an input from the caller's memory."""
        begin = len(self.steps)
        outside = replace(self.source.buffers[buffer], bytes=0, caller_bytes=self.source.buffers[buffer].bytes)
        self.inputs.append(self._add_buffer(outside, Piece(buffer, 0, self.rows[buffer])))
        self._add_pieces(buffer)
        for piece in self.pieces_of[buffer]:
            first, last = self.pieces[piece].first, self.pieces[piece].last
            self.steps.append(Step(f"push{_index(first, last)}", (self.inputs[-1],), (piece,)))
            self.units.append(Unit(-1, first, last, pushed=True))
        self.after += pairwise(range(begin, len(self.steps)))

    def _finished(self) -> RowGraph:
        graph = self.source
        glued = tuple(
            Glue(
                tuple(
                    (piece, self.pieces[piece].first * (graph.buffers[b].bytes // self.rows[b]))
                    for piece in self.pieces_of[b]
                )
            )
            for b in sorted(self.contiguous)
        )
        if self.row_scratch:
            # One address for all of it: a constant of the code, not a word for each row.
            glued += (Glue(tuple((number, 0) for number in self.row_scratch)),)
        order, after = list(range(len(self.steps))), self.after
        if self.eager:
            order, after = eager_order(self.steps, after, self.units, self.eager)
        place = {step: position for position, step in enumerate(order)}
        fine = Graph(
            graph.name,
            tuple(self.buffers),
            tuple(self.steps[step] for step in order),
            tuple(self.inputs),
            tuple(piece for buffer in graph.outputs for piece in self.pieces_of[buffer]),
            tuple(sorted({(place[first], place[second]) for first, second in after})),
            graph.state_bytes,
            glued,
        )
        units = tuple(self.units[step] for step in order)
        return RowGraph(graph, self.bands, fine, units, tuple(self.pieces), self.kept, self.eager)


def _bands(rows: int, height: int) -> list[tuple[int, int]]:
    return [(first, min(first + height, rows)) for first in range(0, rows, height)]


def _index(first: int, last: int) -> str:
    return f"[{first}]" if last == first + 1 else f"[{first}:{last}]"


def _covering(rows: tuple[int, int], first: int, last: int, count: int) -> tuple[int, int]:
    """Rows of a tensor that has ``rows`` of them, from 0 on, where it is ``count`` rows elsewhere."""
    height = rows[1] - rows[0]
    return rows[0] + first * height // count, rows[0] - (-last * height // count)
