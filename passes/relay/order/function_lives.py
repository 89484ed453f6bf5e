"""When the parameters and temporaries of a lowered function are live, counted as USMP does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from arenite.relay_compat import tir, tvm

Ticks = tuple[int, int]


@dataclass(frozen=True)
class Temporary:
    """A ``tir.Allocate`` that USMP places. ``ticks`` is its closed live range."""

    name: str
    bytes: int
    ticks: Ticks


@dataclass(frozen=True)
class FunctionLives:
    """Closed live ranges in ticks of one call; a tick is a statement outside of loops, or a whole nest of loops.

    ``parameters``: in the order of the signature, inputs first, only those that are buffers; None for one that the body
    never touches. ``ticks``: their number, at least 1.
    """

    parameters: tuple[Ticks | None, ...]
    temporaries: tuple[Temporary, ...]
    ticks: int


def function_lives(function: Any) -> FunctionLives:
    """Live ranges in one call of ``function``, a PrimFunc.

    USMP lets a buffer live from the first statement that touches it to the last, and widens that to the outermost loop
    around either. It places allocations in global memory of a size that is known at compile time; a temporary that
    nothing touches conflicts with nothing and is left out.
    """
    walk = _Walk()
    walk.visit(function.body)
    buffers = [function.buffer_map[param] for param in function.params if param in function.buffer_map]
    return FunctionLives(
        tuple(walk.spans.get(buffer.data) for buffer in buffers),
        tuple(
            Temporary(variable.name, size, walk.spans[variable])
            for variable, size in walk.allocations
            if variable in walk.spans
        ),
        max(walk.tick, 1),
    )


class _Walk:
    def __init__(self) -> None:
        self.tick = 0
        self.spans: dict[Any, Ticks] = {}
        self.allocations: list[tuple[Any, int]] = []

    def visit(self, statement: Any) -> None:
        if isinstance(statement, tir.SeqStmt):
            for part in statement.seq:
                self.visit(part)
        elif isinstance(statement, tir.Allocate):
            self._allocate(statement)
            self.visit(statement.body)
        elif isinstance(statement, tir.AllocateConst | tir.AttrStmt | tir.DeclBuffer):
            self.visit(statement.body)
        elif isinstance(statement, tir.LetStmt):
            self._touch(tir.Evaluate(statement.value))
            self.visit(statement.body)
        else:
            self._touch(statement)

    def _touch(self, statement: Any) -> None:
        tir.stmt_functor.post_order_visit(statement, self._node)
        self.tick += 1

    def _node(self, node: Any) -> None:
        if isinstance(node, tir.Var):
            self._use(node)
        elif isinstance(node, tir.BufferLoad | tir.BufferStore):
            self._use(node.buffer.data)
        elif isinstance(node, tir.Allocate):
            self._allocate(node)

    def _use(self, variable: Any) -> None:
        first, _ = self.spans.get(variable, (self.tick, self.tick))
        self.spans[variable] = (first, self.tick)

    def _allocate(self, allocate: Any) -> None:
        variable = allocate.buffer_var
        scope = variable.type_annotation.storage_scope
        if scope.split(".")[0] not in ("", "global"):
            return
        dtype = tvm.runtime.DataType(allocate.dtype)
        size = (dtype.bits + 7) // 8 * dtype.lanes
        for extent in allocate.extents:
            if not isinstance(extent, tir.IntImm):
                return
            size *= int(extent)
        self.allocations.append((variable, size))
