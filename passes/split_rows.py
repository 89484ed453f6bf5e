"""SplitRows: one call per output row, so that the passes behind order and place rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from arenite.errors import AreniteError
from arenite.graph import Graph
from arenite.passes.bindings import PUSHED, RESIDENT, ROWS_ATTRIBUTE, operator_name
from arenite.passes.dataflow import CALLS, Dataflow
from arenite.passes.kernel_uses import kernel_uses, use_form
from arenite.passes.row_bindings import RowBindings
from arenite.rows.row_graph import Bands, row_counts
from arenite.rows.split import split
from arenite.tvm_compat import IRModule, relax, tvm


@tvm.transform.module_pass(opt_level=0, name="arenite.SplitRows")
class SplitRows:
    """Replace each call of a row-wise kernel by one call per row of its result, in a ``main`` that is one dataflow
    block of calls of kernels.

    Rows are tensors of shape [rows, elements of a row]. What needs a tensor as a whole reads the ``concat`` of its
    rows, and the rows of an input are its ``split``: ReorderSchedule and PlanMemory know both for names of bytes that
    lie one behind the other, and nothing is copied. The calls stand in the order of the operators, but for ``eager``.
    What reads or overwrites a state stays whole.

    Args:
        bands: variable -> rows of it that stay together; by default every tensor that can be split falls into single
            rows.
        pushed: the caller hands in the first input row by row, or band by band, all of one height.
        eager: variables; of the calls that write them, those that need only rows which were handed in run before the
            next row comes, in every order.
        kept: variables whose calls stay whole.

    Raises AreniteError for bands without a row, and if the first input is to be pushed but does not fall into bands of
    one height, at least two, or is a result, too.
    """

    def __init__(
        self,
        bands: Mapping[str, int] | None = None,
        pushed: bool = False,
        eager: Collection[str] = (),
        kept: Collection[str] = (),
    ) -> None:
        self.bands = bands
        self.pushed = pushed
        self.eager = frozenset(eager)
        self.kept = frozenset(kept)

    def transform_module(self, module: IRModule, _context: Any) -> IRModule:
        names = {variable.name_hint: function for variable, function in module.functions_items()}
        function = names.get("main")
        if not isinstance(function, relax.Function) or not isinstance(function.body, relax.SeqExpr):
            return module
        blocks = list(function.body.blocks)
        if len(blocks) != 1 or not isinstance(blocks[0], relax.DataflowBlock):
            return module
        dataflow = Dataflow.of(blocks[0], function, module)
        if dataflow is None or any(operator_name(step.value) not in CALLS for step in dataflow.step_bindings):
            return module
        uses = [kernel_uses(binding.value, module) for binding in dataflow.step_bindings]
        forms = [
            use_form(binding.value, use, dataflow.roots)
            for binding, use in zip(dataflow.step_bindings, uses, strict=True)
        ]
        counts = row_counts(dataflow.graph, forms)
        bands = dict.fromkeys(counts, 1)
        if self.bands is not None:
            buffers = dataflow.graph.buffers
            bands = {
                buffer: self.bands[buffers[buffer].name] for buffer in counts if buffers[buffer].name in self.bands
            }
        _check_bands(dataflow.graph, counts, bands)
        pushed = frozenset(dataflow.graph.inputs[:1]) if self.pushed else frozenset[int]()
        for buffer in pushed:
            _check_pushed(dataflow.graph, buffer, counts, bands)
        if not bands:
            return module
        kept, eager = (
            frozenset(
                number
                for number, step in enumerate(dataflow.graph.steps)
                if any(dataflow.graph.buffers[buffer].name in names for buffer in step.writes)
            )
            for names in (self.kept, self.eager)
        )
        rows = split(dataflow.graph, forms, bands, pushed=pushed, eager=eager, kept=kept)
        changed = RowBindings(module, function, dataflow, rows, uses, forms).module()
        kind = PUSHED if self.pushed else RESIDENT
        changed["main"] = changed["main"].with_attrs({**dict(function.attrs or {}), ROWS_ATTRIBUTE: kind})
        return changed


def _check_bands(graph: Graph, counts: Mapping[int, int], bands: Bands) -> None:
    for buffer, height in bands.items():
        if height < 1:
            raise AreniteError(
                f"SplitRows: bands of {height} rows of {graph.buffers[buffer].name}",
                remedy=f"take 1 to {counts[buffer]} rows",
            )


def _check_pushed(graph: Graph, buffer: int, counts: Mapping[int, int], bands: Bands) -> None:
    name = graph.buffers[buffer].name
    if buffer in graph.outputs:
        raise AreniteError(f"SplitRows: {name} cannot be pushed, for it is a result, too", remedy="leave out `pushed`")
    if buffer not in counts:
        problem = f"SplitRows: {name} cannot be pushed, for it does not fall into rows"
        raise AreniteError(problem, remedy="leave out `pushed`")
    if buffer not in bands or bands[buffer] >= counts[buffer] or counts[buffer] % bands[buffer]:
        found = f"bands of {bands[buffer]}" if buffer in bands else "no band"
        raise AreniteError(
            f"SplitRows: {name}, which is pushed, has {found} for its {counts[buffer]} rows",
            remedy=f"give it a band that divides {counts[buffer]} into two or more, such as 1",
        )
