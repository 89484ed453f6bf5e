"""Tables of buffers in MiniMalloc's CSV format, as text and as a Problem.

The first line names the columns, in any order: ``id``, ``lower``, ``upper`` (a buffer is live in the half-open range
lower..upper) and ``size`` in bytes; on demand ``alignment``, ``offset`` (fixes it), ``gaps`` and, an extension,
``region`` (pins the buffer to a memory region). ``gaps`` has parts of the live range in which the bytes are free, as
``7-9 12-14@2:13``; the second leaves the bytes 2..13 of the buffer in use. MiniMalloc's older names are understood:
``buffer`` and ``buffer_id`` for id, ``start`` and ``begin`` for lower, ``end`` for an upper that is itself still live
(in gaps likewise). ``hint`` and other columns are kept and not used.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from arenite.errors import AreniteError
from arenite.graph import Block, Glue, Problem

OTHER_NAMES = {"buffer": "id", "buffer_id": "id", "start": "lower", "begin": "lower", "end": "upper"}
NEEDED = ("id", "lower", "upper", "size")
LARGEST = 1 << 53
"""Of a number in the file; the sizes together must stay below it, too."""
_NUMBER = re.compile(r"-?[0-9]+")
_GAP = re.compile(r"([0-9]+)-([0-9]+)(?:@([0-9]+):([0-9]+))?")


@dataclass(frozen=True)
class Gap:
    """A half-open range of time in which a buffer needs only the half-open range ``window`` of its bytes."""

    lower: int
    upper: int
    window: tuple[int, int]


@dataclass(frozen=True)
class Row:
    """One buffer: ``size`` bytes in the half-open range ``lower..upper`` of time; a given ``offset`` is fixed."""

    id: str
    lower: int
    upper: int
    size: int
    alignment: int = 1
    offset: int | None = None
    region: str | None = None
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True)
class BufferTable:
    """``records[i]`` has the fields of ``rows[i]`` as they stand in the file, under ``header``."""

    header: tuple[str, ...]
    records: tuple[tuple[str, ...], ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class TableProblem:
    """``anchors[i]``: the first block of row i and its distance in bytes from where the row's buffer begins; the blocks
    of a row stand side by side. ``times[s]``: the time in the table at which step s of the problem begins."""

    problem: Problem
    anchors: tuple[tuple[int, int], ...]
    times: tuple[int, ...]

    def row_offsets(self, offsets: Sequence[int]) -> tuple[int, ...]:
        """Where the rows' buffers begin, from the offsets of the blocks."""
        return tuple(offsets[block] - distance for block, distance in self.anchors)


def read_table(path: str) -> BufferTable:
    """Read a file.

    Raises:
        AreniteError: it is no such table; the message names the line.
        OSError: it cannot be read.
    """
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise AreniteError(
            f"is not UTF-8 text (byte {error.start})", file=path, remedy="save it as CSV in UTF-8"
        ) from None
    return parse_table(text, path)


def parse_table(text: str, file: str) -> BufferTable:
    """The same from text; ``file`` is what errors name."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    lines: list[tuple[int, tuple[str, ...]]] = []
    try:
        for record in reader:
            if any(field.strip() for field in record):
                lines.append((reader.line_num, tuple(field.strip() for field in record)))
    except csv.Error as error:
        raise AreniteError(f"line {reader.line_num}: {error}", file=file, remedy="mend the quotes") from None
    if not lines:
        raise AreniteError("is empty", file=file, remedy=f"begin with a line {','.join(NEEDED)}")
    header = lines[0][1]
    columns = _columns(header, file)
    rows: list[Row] = []
    first_line: dict[str, int] = {}
    for line, fields in lines[1:]:
        where = f"line {line}"
        if len(fields) != len(header):
            raise AreniteError(
                f"{where} has {len(fields)} fields, not {len(header)}", file=file, remedy="give each column a field"
            )
        row = _row(fields, columns, "end" in header, _Place(file, where))
        if row.id in first_line:
            raise AreniteError(
                f"{where}: the id {row.id} stands in line {first_line[row.id]}, too", file=file, remedy="rename one"
            )
        first_line[row.id] = line
        rows.append(row)
    if sum(row.size for row in rows) >= LARGEST:
        raise AreniteError("the sizes together are too large", file=file, remedy="check the column size")
    return BufferTable(header, tuple(record for _, record in lines[1:]), tuple(rows))


def solution_text(table: BufferTable, added: Mapping[str, Sequence[object]]) -> str:
    """The table with further columns, or with their values in place of those that it has under the same names."""
    header = [*table.header, *(name for name in added if name not in table.header)]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    for number, record in enumerate(table.records):
        fields: dict[str, object] = dict(zip(table.header, record, strict=True))
        fields.update({name: values[number] for name, values in added.items()})
        writer.writerow([fields[name] for name in header])
    return out.getvalue()


def table_problem(table: BufferTable, alignment: int = 1) -> TableProblem:
    """The rows as blocks; a row with gaps becomes a glued group of them.

    Args:
        alignment: of the arena's base and size, in bytes.
    """
    moments = {0}
    for row in table.rows:
        moments |= {row.lower, row.upper, *(edge for gap in row.gaps for edge in (gap.lower, gap.upper))}
    step = {moment: number for number, moment in enumerate(sorted(moments))}
    blocks: list[Block] = []
    glued: list[Glue] = []
    anchors: list[tuple[int, int]] = []
    for row in table.rows:
        parts = _parts(row)
        members = range(len(blocks), len(blocks) + len(parts))
        for lower, upper, low, high in parts:
            pinned = None if row.offset is None else row.offset + low
            # The alignment is the buffer's, not that of the part that a gap leaves.
            unit = row.alignment if low == 0 else 1
            blocks.append(Block(row.id, high - low, step[lower], step[upper] - 1, unit, pinned))
        anchors.append((members[0], parts[0][2]))
        if len(parts) > 1:
            glued.append(Glue(tuple((member, low) for member, (_, _, low, _) in zip(members, parts, strict=True))))
    return TableProblem(Problem(tuple(blocks), tuple(glued), alignment=alignment), tuple(anchors), tuple(step))


def _parts(row: Row) -> list[tuple[int, int, int, int]]:
    """(lower, upper, low, high): half-open ranges of time and of the buffer's bytes in use, first one that begins with
    the buffer."""
    whole: list[tuple[int, int, int, int]] = []
    partial: list[tuple[int, int, int, int]] = []
    now = row.lower
    for gap in row.gaps:
        if gap.lower > now:
            whole.append((now, gap.lower, 0, row.size))
        if gap.window[0] < gap.window[1]:
            partial.append((gap.lower, gap.upper, *gap.window))
        now = gap.upper
    if now < row.upper:
        whole.append((now, row.upper, 0, row.size))
    if not whole:
        # Nowhere live as a whole, it still is aligned and lies in the arena from end to end.
        whole = [(row.lower, row.upper, 0, 0), (row.lower, row.upper, row.size, row.size)]
    return [*whole, *partial]


@dataclass(frozen=True)
class _Place:
    file: str
    where: str

    def number(self, text: str, what: str, least: int = 0) -> int:
        if not _NUMBER.fullmatch(text):
            raise self.error(f"{what} {text!r} is not a whole number", "give decimal digits")
        # Python refuses to convert thousands of digits.
        value = int(text) if len(text) < 40 else LARGEST * (-1 if text.startswith("-") else 1)
        if value >= LARGEST:
            raise self.error(f"{what} {text[:20]}{'...' if len(text) > 20 else ''} is too large", "check the unit")
        if value < least:
            raise self.error(f"{what} {text[:20]} is {'negative' if value < 0 else 'not positive'}", "mend it")
        return value

    def error(self, problem: str, remedy: str) -> AreniteError:
        return AreniteError(f"{self.where}: {problem}", file=self.file, remedy=remedy)


def _columns(header: tuple[str, ...], file: str) -> dict[str, int]:
    names = [OTHER_NAMES.get(name, name) for name in header]
    for name in names:
        if names.count(name) > 1:
            raise AreniteError(f"has two columns {name or 'without a name'}", file=file, remedy="remove one")
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise AreniteError(
            f"has no column {' nor '.join(missing)}", file=file,
            remedy=f"name the columns in the first line: {','.join(NEEDED)}",
        )  # fmt: skip
    return {name: place for place, name in enumerate(names)}


def _row(record: tuple[str, ...], columns: Mapping[str, int], closed: bool, at: _Place) -> Row:
    def field(name: str) -> str:
        return record[columns[name]] if name in columns else ""

    if not field("id"):
        raise at.error("the id is empty", "name the buffer")
    lower = at.number(field("lower"), "the lower end")
    upper = at.number(field("upper"), "the upper end") + closed
    if upper <= lower:
        raise at.error(f"{field('id')} lives from {lower} to {upper}, which is never", "let upper be above lower")
    size = at.number(field("size"), "the size")
    alignment = at.number(field("alignment"), "the alignment", 1) if field("alignment") else 1
    if alignment > 1 << 30:
        raise at.error(f"the alignment {alignment} is too large", "check the unit")
    offset = at.number(field("offset"), "the offset") if field("offset") else None
    if offset is not None and offset % alignment:
        raise at.error(f"the fixed offset {offset} is not aligned to {alignment}", "change one of them")
    return Row(
        field("id"), lower, upper, size, alignment, offset, field("region") or None,
        _gaps(field("gaps"), lower, upper, size, closed, at),
    )  # fmt: skip


def _gaps(text: str, lower: int, upper: int, size: int, closed: bool, at: _Place) -> tuple[Gap, ...]:
    gaps = []
    for part in text.split():
        match = _GAP.fullmatch(part)
        if match is None:
            raise at.error(f"the gap {part!r} is not of the form 7-9 or 7-9@2:13", "mend it")
        start, end, low, high = (at.number(number, "the gap") if number else 0 for number in match.groups())
        gaps.append(Gap(start, end + closed, (low, high)))
    gaps.sort(key=lambda gap: gap.lower)
    edges = [lower, *(edge for gap in gaps for edge in (gap.lower, gap.upper)), upper]
    if edges != sorted(edges) or any(gap.lower == gap.upper for gap in gaps):
        raise at.error("the gaps are not apart, within the buffer's life", "mend them")
    if any(not gap.window[0] <= gap.window[1] <= size for gap in gaps):
        raise at.error("a gap leaves bytes in use that the buffer has not", "mend it")
    return tuple(gaps)
