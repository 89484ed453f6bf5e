"""A plan as CSV: the steps and the buffers, for spreadsheets and scripts.

Comma-separated with one header line, quoted as RFC 4180 says. Offsets and steps count from 0; live ranges are closed.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from arenite.graph import ArenaPlan
from arenite.report.plan_json import placements, tensor_names
from arenite.report.step_rows import step_rows

STEP_COLUMNS = (
    "step", "operator", "source_ops", "macs", "bytes_read", "bytes_written", "working_set_bytes", "peak", "reads",
    "writes", "in_place",
)  # fmt: skip
BUFFER_COLUMNS = (
    "tensor", "source_tensor", "source_name", "role", "bytes", "offset", "first_step", "last_step", "written_by",
    "written_over", "same_bytes", "region",
)  # fmt: skip
FORMULA_STARTS = ("=", "+", "-", "@")
"""Text that begins with these is computed by spreadsheets, whoever wrote it."""


def steps_csv(plan: ArenaPlan) -> str:
    """A line for each step in execution order.

    ``source_ops``, ``reads`` and ``writes`` are separated by spaces; ``peak`` is 1 in the step with the largest working
    set (the first of equals) and 0 elsewhere; ``in_place`` says ``t13 over t12`` where a result is written over an
    operand.
    """
    return _csv(
        STEP_COLUMNS,
        (
            (
                row.position, row.name, " ".join(map(str, row.source_ops)), row.macs, row.read_bytes,
                row.written_bytes, row.working_set, int(row.peak), " ".join(row.reads), " ".join(row.writes),
                "; ".join(f"{result} over {source}" for result, source in row.in_place),
            )
            for row in step_rows(plan)
        ),
    )  # fmt: skip


def buffers_csv(plan: ArenaPlan, source_names: Sequence[str] = ()) -> str:
    """A line for each buffer, in the order of the graph.

    ``source_tensor`` is its index in the model file and ``source_name`` its name there, both empty for what is not in
    it. ``written_over`` names the buffer that it is written over in place, ``same_bytes`` its aliases. ``region`` is
    the memory region from whose start ``offset`` counts, empty where there is but one memory; ``(caller)`` is the
    caller's memory, in which there are no offsets.
    """
    names = [group[0] for group in tensor_names(plan)]
    rows = []
    for one in placements(plan):
        buffer = plan.graph.buffers[one.index]
        source = buffer.source_tensor
        region = plan.regions[plan.region_of[one.index]] if plan.regions else None
        offset = one.offset - region.start if region else one.offset
        rows.append(
            (
                names[one.index],
                "" if source is None else source,
                source_names[source] if source is not None and source < len(source_names) else "",
                one.role, buffer.caller_bytes or one.bytes, "" if buffer.caller_bytes else offset, one.first_step,
                one.last_step, one.producer, one.over, " ".join(one.aliases),
                "(caller)" if buffer.caller_bytes else region.name if region else "",
            )
        )  # fmt: skip
    return _csv(BUFFER_COLUMNS, rows)


def _csv(columns: Sequence[str], rows: Iterable[Sequence[str | int]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return file.getvalue()


def _cell(value: str | int) -> str | int:
    """Text without control characters, and marked as text where a spreadsheet would take it for a formula."""
    if isinstance(value, int):
        return value
    plain = "".join(c if c.isprintable() else c.encode("unicode_escape", "replace").decode() for c in value)
    return f"'{plain}" if plain.startswith(FORMULA_STARTS) else plain
