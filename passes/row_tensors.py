"""The pieces of a row graph as tensors of a module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from arenite.passes.dataflow import Dataflow
from arenite.rows.row_graph import RowGraph, scratch_buffers
from arenite.tvm_compat import Parameter, dtype_bytes, dtype_name, relax, tensor_type

SUMS_DTYPE = "int32"


@dataclass(frozen=True)
class RowTensors:
    """``types`` and ``names``: of each buffer of the dataflow that is split. ``pieces_of``: its pieces in ascending
    order, if it falls into rows. ``scratch``: buffers that are working memory of a step."""

    rows: RowGraph
    types: Mapping[int, Any]
    names: Mapping[int, str]
    pieces_of: Mapping[int, Sequence[int]]
    scratch: frozenset[int] = frozenset()

    @classmethod
    def of(cls, parameters: Sequence[Any], dataflow: Dataflow, rows: RowGraph) -> RowTensors:
        """``parameters``: those of the function that ``dataflow`` is the block of."""
        types: dict[int, Any] = {}
        names: dict[int, str] = {}
        for variable in (*parameters, *(binding.var for binding in dataflow.step_bindings)):
            fields = list(variable.ty.fields) if isinstance(variable.ty, relax.TupleType) else [variable.ty]
            for type_, (buffer,) in zip(fields, dataflow.roots.fields(variable), strict=True):
                if buffer >= 0:
                    types[buffer], names[buffer] = type_, dataflow.graph.buffers[buffer].name
        pieces_of: dict[int, list[int]] = {}
        for number, piece in enumerate(rows.pieces):
            if piece.buffer in rows.bands and rows.graph.buffers[number].bytes:
                pieces_of.setdefault(piece.buffer, []).append(number)
        return cls(rows, types, names, pieces_of, frozenset(scratch_buffers(dataflow.graph)))

    def buffer(self, piece: int) -> int:
        """The buffer that the piece is rows of; -1 for an accumulator."""
        return self.rows.pieces[piece].buffer

    def type(self, piece: int) -> Any:
        """[rows, elements of a row], or the accumulator's type."""
        of, size = self.rows.pieces[piece], self.rows.graph.buffers[piece].bytes
        if of.buffer < 0:
            return tensor_type((size // 4,), SUMS_DTYPE)
        dtype = dtype_name(self.types[of.buffer])
        return tensor_type((of.last - of.first, size // (of.last - of.first) // dtype_bytes(dtype)), dtype)

    def name(self, piece: int) -> str:
        of = self.rows.pieces[piece]
        return f"{self.names[of.buffer]}_rows_{of.first}_{of.last}"


def parameter_of(name: str, type_: Any, *, written: bool = False) -> Parameter:
    """The parameter of a function that takes a tensor of this type."""
    return Parameter(name, tuple(int(extent) for extent in type_.shape.values), dtype_name(type_), written)
