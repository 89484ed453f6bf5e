"""Plans of rows of the small models, to check and to draw."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from arenite.frontends.read import read_model
from arenite.frontends.to_graph import to_row_forms
from arenite.graph import ArenaPlan, Buffer, Graph, Step
from arenite.planner import plan_graph
from arenite.report.row_page import RowPlans, row_html_page
from arenite.rows.forms import Operand, RowForm
from arenite.rows.plan_rows import Choice, RowRequest, choose_rows
from arenite.rows.split import split

MODELS = Path(__file__).parent / "models"


@dataclass(frozen=True)
class Planned:
    """A plan of rows, and plans of whole operators in the best and in the file's order; names of the file's tensors."""

    choice: Choice
    whole: ArenaPlan
    source: ArenaPlan
    names: tuple[str, ...]

    @property
    def plans(self) -> RowPlans:
        assert self.choice.rows is not None
        return RowPlans(self.choice.plan, self.choice.rows, self.source, self.choice.operators_bytes or 0)


@cache
def planned(name: str, *, pushed: bool = False, eager: bool = False) -> Planned:
    model = read_model(MODELS / f"{name}.tflite")
    graph, forms, _ = to_row_forms(model)
    choice = choose_rows(graph, forms, RowRequest("row", pushed, eager), timeout=1.0)
    whole = plan_graph(graph, timeout=1.0)
    source = plan_graph(graph, order="source", timeout=1.0)
    return Planned(choice, whole, source, tuple(tensor.name for tensor in model.tensors))


def chain_of_rows(operators: int, rows: int, *, prefix: str = "t") -> RowPlans:
    """3x1 windows one behind the other in the order of the operators, placed one behind the other: quick for any size.
    ``prefix``: of the names."""
    from sample_plans import naive_plan

    buffers = tuple(Buffer(f"{prefix}{i}", 16 * rows, source_tensor=i, rows=(0, rows)) for i in range(operators + 1))
    steps = tuple(Step(f"conv_2d_{i}", (i,), (i + 1,), (i,), 48 * rows) for i in range(operators))
    graph = Graph("chain", buffers, steps, (0,), (operators,))
    needs = tuple((max(row - 1, 0), min(row + 2, rows)) for row in range(rows))
    forms = [RowForm(rows, {i: Operand(rows, needs)}) for i in range(operators)]
    made = split(graph, forms, dict.fromkeys(range(operators + 1), 1))
    order = sorted(range(len(made.units)), key=lambda step: made.units[step].first + made.units[step].step)
    source = naive_plan(graph)
    simple = stacked_plan(made.graph, tuple(order))
    return RowPlans(replace(simple, source_order_bytes=source.arena_bytes), made, source, source.arena_bytes)


def stacked_plan(graph: Graph, order: tuple[int, ...]) -> ArenaPlan:
    """Every buffer behind the one before it."""
    from arenite.planner import packing_problem

    problem = packing_problem(graph, order, 16)
    offsets, end = [], 0
    for buffer in graph.buffers:
        offsets.append(end)
        end += buffer.bytes
    arena = -(-end // 16) * 16
    return ArenaPlan(graph, order, problem, tuple(offsets), arena, 0, arena, 0.01)


@cache
def thousands() -> tuple[RowPlans, str]:
    """A plan of 7,000 steps, and its page."""
    plans = chain_of_rows(70, 100)
    return plans, row_html_page(plans, "m.tflite")
