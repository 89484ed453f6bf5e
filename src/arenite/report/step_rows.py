"""The steps of a plan as the rows of a table, for the page and the spreadsheet."""

from __future__ import annotations

from dataclasses import dataclass

from arenite.graph import ArenaPlan
from arenite.report.plan_json import peak_step, tensor_names, working_sets, written_in_place


@dataclass(frozen=True)
class StepRow:
    """One step in execution order. Bytes and multiply-accumulates.

    ``reads`` and ``writes`` are names of buffers, as the plan's JSON has them; ``in_place`` holds pairs of them
    (result, what it is written over).
    """

    position: int
    name: str
    source_ops: tuple[int, ...]
    macs: int
    read_bytes: int
    written_bytes: int
    working_set: int
    peak: bool
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    in_place: tuple[tuple[str, str], ...]


def step_rows(plan: ArenaPlan) -> tuple[StepRow, ...]:
    """A row for each step, in execution order."""
    sets, peak = working_sets(plan), peak_step(plan)
    sizes = [buffer.bytes for buffer in plan.graph.buffers]
    names = [group[0] for group in tensor_names(plan)]
    source_of = {result: source for source, result in written_in_place(plan)}
    return tuple(
        StepRow(
            position=position,
            name=step.name,
            source_ops=step.source_ops,
            macs=step.macs,
            read_bytes=sum(sizes[buffer] for buffer in step.reads),
            written_bytes=sum(sizes[buffer] for buffer in step.writes),
            working_set=sets[position],
            peak=position == peak,
            reads=tuple(names[buffer] for buffer in step.reads),
            writes=tuple(names[buffer] for buffer in step.writes),
            in_place=tuple((names[buffer], names[source_of[buffer]]) for buffer in step.writes if buffer in source_of),
        )
        for position, step in enumerate(plan.graph.steps[index] for index in plan.order)
    )
