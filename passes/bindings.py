"""What the bindings of straight-line Relax code read and write, in terms of the tensors that hold the bytes.

Many variables are other names of a tensor: fields of a tuple, reshapes, plain renamings. ``Roots`` follows each
variable to the *roots* that own its bytes: the results of calls, explicit allocations, and what comes in from outside.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from arenite.tvm_compat import relax, tvm

ALIAS_OPERATORS = ("relax.reshape", "relax.memory.view", "relax.memory.ensure_zero_offset")
ALLOCATIONS = ("relax.builtin.alloc_tensor",)


def operator_name(call: Any) -> str:
    """Name of the Relax operator that a call applies, or an empty string for functions."""
    return str(call.op.name) if isinstance(call.op, tvm.ir.Op) else ""


def is_alias(value: Any) -> bool:
    """Whether a binding's value is the bytes of what it mentions: no step of its own."""
    if isinstance(value, tvm.ir.Call):
        return operator_name(value) in ALIAS_OPERATORS
    return True


class Roots:
    """Roots of every variable seen so far, one set per tuple field (a tensor has one field)."""

    def __init__(self) -> None:
        self._fields: dict[Any, tuple[frozenset[int], ...]] = {}

    def define(self, variable: Any, fields: Iterable[Iterable[int]]) -> None:
        self._fields[variable] = tuple(frozenset(field) for field in fields)

    def fields(self, expr: Any) -> tuple[frozenset[int], ...]:
        """Roots of each field of an expression that computes nothing; constants have none."""
        if isinstance(expr, relax.Var):
            return self._fields.get(expr, (frozenset(),))
        if isinstance(expr, relax.TupleGetItem):
            fields = self.fields(expr.tuple_value)
            return (fields[expr.index],) if expr.index < len(fields) else (frozenset().union(*fields),)
        if isinstance(expr, relax.Tuple):
            return tuple(self.of(field) for field in expr.fields)
        if isinstance(expr, tvm.ir.Call):
            return (frozenset().union(*(self.of(argument) for argument in expr.args)),)
        return (frozenset(),)

    def of(self, expr: Any) -> frozenset[int]:
        """All roots that an expression mentions."""
        return frozenset().union(*self.fields(expr))
