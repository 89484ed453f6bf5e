"""Plans of row graphs, and whether rows are worth it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from arenite.allocate import FEW_BLOCKS, MANY_BLOCKS, MAX_NODES, allocate
from arenite.errors import UnsupportedError
from arenite.graph import ArenaPlan, Graph
from arenite.packing.ejection import EFFORT
from arenite.packing.items import round_up
from arenite.planner import packing_problem, plan_graph
from arenite.progress import Progress, Report, tell
from arenite.rows.forms import RowForm
from arenite.rows.pushes import late_pushes
from arenite.rows.row_graph import Bands, RowGraph, row_counts
from arenite.rows.split import split
from arenite.rows.variants import farthest, with_eager_start, with_whole_tail
from arenite.schedule import schedule
from arenite.validate import validate_arena_plan, validate_graph

Granularity = Literal["op", "row", "auto"]
ROWS_SHARE = 0.7
"""Of the time: for all in rows. What is left goes into leaving operators whole without losing by it."""
VARIANT_WORK = 10_000
"""Of ordering the rows of a variant (see ``schedule``)."""
VARIANT_EFFORT = 20_000_000
"""Of packing them (see ``allocate``)."""
EXACT_NODES = ((FEW_BLOCKS, MAX_NODES), (MANY_BLOCKS, 20_000))
"""Blocks of a layout at most, nodes of the exact search for it: what is not found soon is not found."""
MAX_STEPS = 10_000
"""Of a row graph; beyond it, rows are planned in bands of 2, 4, ... of them."""
MAX_INPUT_BANDS = 8_000
"""Of inputs that lie in memory as wholes when the first step begins: the work of packing grows with their square."""

Variant = Callable[[RowGraph, int], RowGraph | None]
"""A row graph that changes at a step of its source."""


@dataclass(frozen=True)
class RowRequest:
    """``granularity``: "auto" takes rows where they lower the arena. ``pushed``: the caller hands in the only input row
    by row. ``eager``: what needs only rows that were handed in runs before the next one is."""

    granularity: Granularity = "auto"
    pushed: bool = False
    eager: bool = False


WHOLE = RowRequest("op")


@dataclass(frozen=True)
class Choice:
    """A plan, and the row graph that it is of; None for a plan of whole operators. ``operators_bytes``: the arena of
    whole operators in their best order, where the plan is one of rows."""

    plan: ArenaPlan
    rows: RowGraph | None
    operators_bytes: int | None = None

    @property
    def granularity(self) -> Literal["op", "row"]:
        return "op" if self.rows is None else "row"


def choose_rows(
    graph: Graph,
    forms: Sequence[RowForm | None],
    request: RowRequest,
    *,
    order: Literal["best", "source"] = "best",
    alignment: int = 16,
    timeout: float = 10.0,
    file: str | None = None,
    report: Report = tell,
) -> Choice:
    """The smallest arena at the granularity that is asked for; of equally large ones that of whole operators.

    Args:
        forms: how each step of ``graph`` falls into rows.
        order: the file's is one of operators: there are no rows then.
        timeout: seconds.
        file: the model's, for errors.

    Raises:
        UnsupportedError: rows, or an input that comes row by row, were asked for, and the model has none.
    """
    began = time.monotonic()
    if request.granularity == "op" or order == "source":
        return Choice(plan_graph(graph, order=order, alignment=alignment, timeout=timeout, report=report), None)
    whole = plan_graph(graph, alignment=alignment, timeout=timeout / 4, report=report)
    rows = _split(graph, forms, request, file)
    if rows is None:
        return Choice(whole, None)
    left = timeout - (time.monotonic() - began)
    plan = plan_rows(rows, whole, alignment=alignment, timeout=left * ROWS_SHARE, report=report)
    # A shorter schedule in flash, then less to do behind the last row that the caller hands in.
    variants: list[Variant] = [lambda rows, place: with_whole_tail(rows, forms, place)]
    if request.pushed and not request.eager:
        variants.append(lambda rows, place: with_eager_start(rows, forms, len(graph.steps) - place))
    for variant in variants:
        left = timeout - (time.monotonic() - began)
        rows, plan = _farthest_variant(rows, plan, whole, partial(variant, rows), alignment, left, report)
    if request.granularity == "auto" and not request.pushed and plan.arena_bytes >= whole.arena_bytes:
        return Choice(whole, None)
    if not rows.bands:  # nothing is gained by a single row
        return Choice(whole, None)
    return Choice(plan, rows, whole.arena_bytes)


def _farthest_variant(
    rows: RowGraph,
    plan: ArenaPlan,
    whole: ArenaPlan,
    variant: Callable[[int], RowGraph | None],
    alignment: int,
    timeout: float,
    report: Report,
) -> tuple[RowGraph, ArenaPlan]:
    """The variant that changes farthest from the last operator and has an arena no larger than that of ``plan``."""
    deadline = time.monotonic() + timeout

    def low_enough(place: int) -> bool:
        other = variant(place)
        left = deadline - time.monotonic()
        if other is None or left < 0:
            return False
        found = schedule(other.graph, left, enough=plan.arena_bytes, work=VARIANT_WORK)
        return found.peak_bytes <= plan.arena_bytes

    for place in farthest(len(rows.source.steps), low_enough):
        other = variant(place)
        if other is None:
            continue
        left = max(deadline - time.monotonic(), 0.0)
        # What waits for whole tensors may wait longer: where all is eager, that can undercut the bound of all rows.
        all_eager = len(rows.eager) == len(rows.source.steps)
        enough = None if all_eager else plan.arena_bytes
        found = plan_rows(other, whole, alignment=alignment, timeout=left / 2, enough=enough, report=report)
        if found.arena_bytes <= plan.arena_bytes:
            bound = found.lower_bound_bytes if all_eager else min(plan.lower_bound_bytes, found.arena_bytes)
            seconds = plan.seconds + found.seconds - whole.seconds
            return other, replace(found, lower_bound_bytes=bound, seconds=seconds)
    return rows, plan


def _split(graph: Graph, forms: Sequence[RowForm | None], request: RowRequest, file: str | None) -> RowGraph | None:
    pushed = frozenset[int]()
    if request.pushed:
        if len(graph.inputs) != 1 or graph.inputs[0] not in row_counts(graph, forms):
            raise UnsupportedError(
                "its input cannot come row by row: that takes one input, of which operators need some rows at a time",
                file=file,
                remedy="leave out --stream-input",
            )
        pushed = frozenset(graph.inputs)
        if graph.inputs[0] in graph.outputs:
            raise UnsupportedError("its input is an output, too", file=file, remedy="leave out --stream-input")
    rows = all_rows(graph, forms, pushed=pushed, eager=request.eager)
    if rows is None and request.granularity == "row":
        raise UnsupportedError("no operator of it falls into rows", file=file, remedy="use --granularity op")
    return rows


def all_rows(
    graph: Graph, forms: Sequence[RowForm | None], *, pushed: frozenset[int] = frozenset(), eager: bool = False
) -> RowGraph | None:
    """``graph`` with everything split that can be; None if nothing can."""
    counts = row_counts(graph, forms)
    if not counts:
        return None
    height = 1
    given = [counts[buffer] for buffer in graph.inputs if buffer in counts and buffer not in pushed]
    while height < max(counts.values()) and (
        _fewest_steps(graph, counts, height) > MAX_STEPS or sum(-(-rows // height) for rows in given) > MAX_INPUT_BANDS
    ):
        height *= 2
    while True:
        bands: Bands = {buffer: 1 if buffer in pushed else min(height, count) for buffer, count in counts.items()}
        steps = frozenset(range(len(graph.steps))) if eager else frozenset[int]()
        rows = split(graph, forms, bands, pushed=pushed, eager=steps)
        if len(rows.graph.steps) <= MAX_STEPS or height >= max(counts.values()):
            return rows
        height *= 2


def _fewest_steps(graph: Graph, counts: Mapping[int, int], height: int) -> int:
    """Of a split into bands of so many rows: one for each band of each result."""
    results = ((buffer for buffer in step.writes if buffer in counts) for step in graph.steps)
    return sum(-(-max((counts[buffer] for buffer in written), default=1) // height) for written in results)


def plan_rows(
    rows: RowGraph,
    whole: ArenaPlan,
    *,
    alignment: int,
    timeout: float,
    enough: int | None = None,
    report: Report = tell,
) -> ArenaPlan:
    """Order and layout of a row graph.

    Args:
        whole: the plan of the operators, for comparison.
        timeout: seconds.
        enough: an arena of so many bytes is small enough; the search goes no further.
    """
    began = time.monotonic()
    graph = rows.graph
    validate_graph(graph)
    report(Progress(f"ordering {len(graph.steps):,} rows", limit_seconds=timeout / 2))
    found = schedule(graph, timeout / 2)
    bound = round_up(found.lower_bound_bytes, alignment)
    left = timeout - (time.monotonic() - began)
    report(Progress(f"packing {len(graph.buffers):,} rows", limit_seconds=left, lower_bound_bytes=bound))
    order = late_pushes(rows, found.order)
    problem = packing_problem(graph, order, alignment)
    effort = EFFORT if enough is None else VARIANT_EFFORT
    nodes = next((nodes for blocks, nodes in EXACT_NODES if len(problem.blocks) <= blocks), 0)
    layout = allocate(problem, max(left, 0.0), capacity=enough, nodes=nodes, effort=effort)
    plan = ArenaPlan(
        graph,
        order,
        problem,
        layout.offsets,
        layout.arena_bytes,
        min(bound, layout.arena_bytes),
        max(whole.source_order_bytes, bound),
        whole.seconds + time.monotonic() - began,
    )
    validate_arena_plan(plan)
    return plan
