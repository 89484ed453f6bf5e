"""Random graphs of operators with random forms, and an interpreter that follows every byte through them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from hypothesis import strategies as st

from arenite.graph import Buffer, Graph, Step
from arenite.rows.forms import Operand, RowForm
from arenite.rows.row_graph import RowGraph, row_counts, scratch_buffers

Forms = tuple[RowForm | None, ...]


@dataclass(frozen=True)
class Case:
    graph: Graph
    forms: Forms


@st.composite
def cases(draw: st.DrawFn, max_steps: int = 6, *, one_input: bool = False) -> Case:
    """Operators whose rows need windows of their operands, that see operands in other rows than their writers do, that
    are computed as a whole, have two results or scratch; outputs that are read, inputs that are outputs."""
    random_ = draw(st.randoms(use_true_random=False))
    buffers: list[Buffer] = []
    heights: dict[int, int] = {}

    def buffer(rows: int, row_bytes: int) -> int:
        buffers.append(Buffer(f"b{len(buffers)}", rows * row_bytes, 1, len(buffers), (0, rows)))
        heights[len(buffers) - 1] = rows
        return len(buffers) - 1

    inputs = tuple(
        buffer(random_.randint(1, 5), random_.randint(1, 3)) for _ in range(1 if one_input else draw(st.integers(1, 2)))
    )
    steps: list[Step] = []
    forms: list[RowForm | None] = []
    for number in range(draw(st.integers(1, max_steps))):
        known = range(len(buffers)) if random_.random() < 0.3 else range(max(0, len(buffers) - 2), len(buffers))
        values = [index for index in known if buffers[index].source_tensor is not None]
        reads = random_.sample(values, min(len(values), random_.choice((1, 1, 2)))) or [0]
        rows = heights[reads[0]] if random_.random() < 0.5 else random_.randint(1, 5)
        form: RowForm | None = None
        if random_.random() < 0.85:
            operands = {read: _operand(random_, buffers[read].bytes, heights[read], rows) for read in reads}
            apart = len(reads) == 1 and _apart(operands[reads[0]])
            form = RowForm(rows, operands, 4 * random_.randint(0, 1) if apart else 0)
        writes = [buffer(rows, random_.randint(1, 3)) for _ in range(random_.choice((1, 1, 1, 2)))]
        if random_.random() < 0.2:
            buffers.append(Buffer(f"scratch{number}", 2))
            writes.append(len(buffers) - 1)
        over = [
            (read, writes[0])
            for read in reads
            if form is not None
            and buffers[writes[0]].bytes <= buffers[read].bytes
            and form.operands[read].needs == tuple((row, row + 1) for row in range(rows))
        ]
        steps.append(Step(f"s{number}", tuple(reads), tuple(writes), (number,), rows * 5 + 1, tuple(over)))
        forms.append(form)
    read = {index for step in steps for index in step.reads}
    values = [index for index, item in enumerate(buffers) if item.source_tensor is not None]
    outputs = [index for index in values if index not in read or random_.random() < 0.15]
    if one_input:
        outputs = [index for index in outputs if index not in inputs]
    graph = Graph("case", tuple(buffers), tuple(steps), inputs, tuple(outputs))
    return Case(graph, tuple(forms))


def _operand(random_: random.Random, size: int, height: int, rows: int) -> Operand:
    seen = height
    if random_.random() < 0.15:
        seen = random_.choice([count for count in range(1, size + 1) if size % count == 0])
    kind = random_.random()
    if kind < 0.4 and seen == rows:
        return Operand(seen, tuple((row, row + 1) for row in range(rows)))
    if kind < 0.6:
        # Windows that do not overlap, some of them empty perhaps.
        ends = sorted(random_.randint(0, seen) for _ in range(rows + 1))
        return Operand(seen, tuple(pairwise(ends)))
    reach = random_.randint(1, 3)
    starts = sorted(random_.randint(-1, seen - 1) for _ in range(rows))
    return Operand(seen, tuple((max(start, 0), min(start + reach, seen)) for start in starts))


def _apart(operand: Operand) -> bool:
    return all(last <= first for (_, last), (first, _) in pairwise(operand.needs))


@st.composite
def band_heights(draw: st.DrawFn, case: Case) -> dict[int, int]:
    """Some of the buffers that can be split, in bands; all results of a step alike."""
    counts = row_counts(case.graph, case.forms)
    bands: dict[int, int] = {}
    for group in (case.graph.inputs, *(step.writes for step in case.graph.steps)):
        members = [[buffer] for buffer in group] if group is case.graph.inputs else [list(group)]
        for together in members:
            fitting = [buffer for buffer in together if buffer in counts]
            values = [buffer for buffer in together if buffer not in scratch_buffers(case.graph)]
            if fitting == values and fitting and draw(st.sampled_from((True, True, True, False))):
                height = draw(st.integers(1, counts[fitting[0]])) if draw(st.booleans()) else 1
                bands.update(dict.fromkeys(fitting, height))
    return bands


def whole_values(case: Case) -> dict[int, list[int]]:
    """Each byte of each buffer, as a number that stands for all that it was computed from."""
    graph = case.graph
    values = {buffer: [hash((buffer, at)) for at in range(graph.buffers[buffer].bytes)] for buffer in graph.inputs}
    for number, (step, form) in enumerate(zip(graph.steps, case.forms, strict=True)):
        for place, written in enumerate(step.writes):
            size = graph.buffers[written].bytes
            rows = form.rows if form else 1
            values[written] = []
            if form is not None and size % rows:
                continue  # scratch
            for row in range(rows):
                taken = [_slice(values[read], form, read, row) for read in step.reads]
                values[written] += computed(number, place, row, taken, size // rows)
    return values


def computed(step: int, place: int, row: int, taken: Sequence[Sequence[int]], size: int) -> list[int]:
    """A row of a result from all the bytes that it needs."""
    return [hash((step, place, row, at, tuple(tuple(part) for part in taken))) for at in range(size)]


def _slice(value: Sequence[int], form: RowForm | None, read: int, row: int) -> Sequence[int]:
    if form is None:
        return value
    operand = form.operands[read]
    row_bytes = len(value) // operand.rows
    first, last = operand.needs[row]
    return value[first * row_bytes : last * row_bytes] if first < last else []


def row_values(case: Case, rows: RowGraph, order: Sequence[int]) -> dict[int, list[int]]:
    """The same from a row graph whose steps run in ``order`` and see nothing but the pieces that they read."""
    graph, fine = case.graph, rows.graph
    counts = row_counts(graph, [None if number in rows.kept else form for number, form in enumerate(case.forms)])
    pieces: dict[int, list[int]] = {}
    sums: dict[int, list[list[int]]] = {}

    def span(piece: int) -> tuple[int, int]:
        of = rows.pieces[piece]
        row_bytes = graph.buffers[of.buffer].bytes // counts[of.buffer] if of.buffer in rows.bands else 0
        whole = graph.buffers[of.buffer].bytes
        return (of.first * row_bytes, of.last * row_bytes) if row_bytes else (0, whole)

    outside = {buffer: [hash((buffer, at)) for at in range(graph.buffers[buffer].bytes)] for buffer in graph.inputs}
    for piece in fine.inputs:
        first, last = span(piece) if fine.buffers[piece].bytes else (0, 0)
        pieces[piece] = outside[rows.pieces[piece].buffer][first:last]
    for number in order:
        step, unit = fine.steps[number], rows.units[number]
        if unit.pushed:
            (piece,) = step.writes
            first, last = span(piece)
            assert (unit.first, unit.last) == (rows.pieces[piece].first, rows.pieces[piece].last)
            pieces[piece] = outside[rows.pieces[piece].buffer][first:last]
            continue
        source, form = graph.steps[unit.step], case.forms[unit.step]
        seen: dict[int, dict[int, int]] = {}
        for piece in step.reads:
            if rows.pieces[piece].buffer >= 0:
                at = span(piece)[0]
                seen.setdefault(rows.pieces[piece].buffer, {}).update(enumerate(pieces[piece], at))

        def bytes_of(buffer: int, first: int, last: int, seen: dict[int, dict[int, int]] = seen) -> list[int]:
            return [seen[buffer][at] for at in range(first, last)]

        def needed(read: int, row: int, form: RowForm | None = form) -> list[int]:
            size = graph.buffers[read].bytes
            if form is None:
                return bytes_of(read, 0, size)
            operand = form.operands[read]
            first, last = operand.needs[row]
            row_bytes = size // operand.rows
            return bytes_of(read, first * row_bytes, last * row_bytes) if first < last else []

        results: dict[int, list[list[int]]] = {}
        if unit.taken is not None:
            assert form is not None
            (read,) = source.reads
            row_bytes = graph.buffers[read].bytes // form.operands[read].rows
            first, last = form.operands[read].needs[unit.first]
            kept = [piece for piece in (*step.reads, *step.writes) if rows.pieces[piece].buffer < 0]
            earlier = sums[kept[0]] if kept and kept[0] in step.reads else []
            assert unit.taken[0] == first + len(earlier), "rows are added in order, each once"
            added = [bytes_of(read, row * row_bytes, (row + 1) * row_bytes) for row in range(*unit.taken)]
            for piece in kept:
                sums[piece] = [*earlier, *added]
            everything = [byte for row in (*earlier, *added) for byte in row]
            values = [piece for piece in step.writes if rows.pieces[piece].buffer >= 0]
            assert any(
                rows.pieces[p].buffer in source.writes and not is_scratch(graph, rows.pieces[p].buffer) for p in values
            ) == (unit.taken[1] == last), "the last row finishes the result"
            if unit.taken[1] == last:
                results = {unit.first: [everything]}
        else:
            made_rows = range(form.rows) if form and unit.step in rows.kept else range(unit.first, unit.last)
            results = {row: [needed(read, row) for read in source.reads] for row in made_rows}
        for piece in step.writes:
            of = rows.pieces[piece].buffer
            if of < 0 or is_scratch(graph, of):
                continue
            size = graph.buffers[of].bytes // (form.rows if form else 1)
            made = [
                b
                for row, taken in results.items()
                for b in computed(unit.step, source.writes.index(of), row, taken, size)
            ]
            assert piece not in pieces, "a piece is written once"
            pieces[piece] = made
    found: dict[int, list[int]] = {}
    for buffer in range(len(graph.buffers)):
        own = sorted(
            (span(piece)[0], piece) for piece, of in enumerate(rows.pieces) if of.buffer == buffer and piece in pieces
        )
        found[buffer] = [byte for _, piece in own for byte in pieces[piece]]
    return found


def is_scratch(graph: Graph, buffer: int) -> bool:
    return buffer in scratch_buffers(graph)


def random_order(graph: Graph, random_: random.Random) -> tuple[int, ...]:
    """Of those that buffers and ``after`` allow."""
    before = needed_steps(graph)
    left = set(range(len(graph.steps)))
    order: list[int] = []
    while left:
        step = random_.choice(sorted(number for number in left if before[number].isdisjoint(left)))
        left.remove(step)
        order.append(step)
    return tuple(order)


def needed_steps(graph: Graph) -> list[set[int]]:
    """For each step those that have to run right before, by buffers and by ``after``."""
    writer = {buffer: number for number, step in enumerate(graph.steps) for buffer in step.writes}
    before = [{writer[read] for read in step.reads if read in writer} for step in graph.steps]
    for first, second in graph.after:
        before[second].add(first)
    return before
