"""Model -> its kernels, order and layout, as a compiler would choose them, without TVM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from arenite.frontends.aliases import alias_sources
from arenite.frontends.bodies.weighed_scratch import weighed_lowerings
from arenite.frontends.lowering import Lowering
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators import lower_all
from arenite.frontends.to_graph import to_row_forms
from arenite.rows.forms import RowForm
from arenite.rows.plan_rows import Choice, RowRequest, choose_rows
from arenite.target import Target


@dataclass(frozen=True, eq=False)
class PlannedModel:
    """``operators`` and ``lowerings``: of each step of the graph of whole operators. ``forms``: how these fall into
    rows. ``buffers``: tensor -> buffer of that graph. ``target``: with the scratch that was decided for."""

    model: Model
    target: Target
    operators: tuple[Operator, ...]
    lowerings: tuple[Lowering, ...]
    forms: tuple[RowForm | None, ...]
    buffers: Mapping[int, int]
    choice: Choice


def plan_model(
    model: Model, target: Target, rows: RowRequest, *, order: str = "best", alignment: int = 16, timeout: float = 10.0
) -> PlannedModel:
    """The plan of ``arenite plan`` and the kernels of ``arenite compile`` with the same options.

    Raises UnsupportedError that lists the operators which cannot be compiled.
    """
    target, chosen = weighed_lowerings(
        model, lower_all(model), target, rows, alignment=alignment, timeout=timeout
    )  # fmt: skip
    graph, forms, tensors = to_row_forms(model, target, chosen, rows=rows.granularity != "op")
    choice = choose_rows(
        graph, forms, rows, order="source" if order == "source" else "best", alignment=alignment, timeout=timeout,
        file=model.file,
    )  # fmt: skip
    aliases = alias_sources(model)
    buffers = {tensor: buffer for buffer, tensor in enumerate(tensors) if tensor >= 0}
    for alias in aliases:
        root = alias
        while root in aliases:
            root = aliases[root]
        if root in buffers:
            buffers[alias] = buffers[root]
    steps = [
        (operator, lowering)
        for operator, lowering in zip(model.operators, chosen, strict=True)
        if lowering is not None and not any(index in aliases for index in operator.outputs)
    ]
    return PlannedModel(
        model, target, tuple(operator for operator, _ in steps), tuple(lowering for _, lowering in steps), forms,
        buffers, choice,
    )  # fmt: skip
