"""What the bindings of straight-line Relax code read and write, in terms of the tensors that hold the bytes.

Many variables are other names of a tensor: fields of a tuple, reshapes, plain renamings. ``Roots`` follows each
variable to the *roots* that own its bytes: the results of calls, explicit allocations, and what comes in from outside.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from arenite.frontends.relax_states import count_states
from arenite.tvm_compat import relax, tvm

ALIAS_OPERATORS = ("relax.reshape", "relax.memory.view", "relax.memory.ensure_zero_offset")
ALLOCATIONS = ("relax.builtin.alloc_tensor",)
ROWS_ATTRIBUTE = "arenite.rows"
"""Of a function that SplitRows has split: ``RESIDENT``, or ``PUSHED`` if its input comes row by row."""
RESIDENT, PUSHED = "resident", "pushed"
ROW_VIEWS = ("relax.split", "relax.concat")
"""In such a function, and nowhere else, these are other names of rows: none of them moves a byte."""


def operator_name(call: Any) -> str:
    """Name of the Relax operator that a call applies, or an empty string for functions."""
    return str(call.op.name) if isinstance(getattr(call, "op", None), tvm.ir.Op) else ""


def is_alias(value: Any, *, rows: bool = False) -> bool:
    """Whether a binding's value is the bytes of what it mentions: no step of its own. ``rows``: in a function with
    ``ROWS_ATTRIBUTE``."""
    if isinstance(value, tvm.ir.Call):
        return operator_name(value) in ALIAS_OPERATORS or (rows and operator_name(value) in ROW_VIEWS)
    return True


def rows_of(function: Any) -> str:
    """The function's ``ROWS_ATTRIBUTE``, empty if nothing was split."""
    return str((function.attrs or {}).get(ROWS_ATTRIBUTE, ""))


def without_states(function: Any) -> tuple[list[Any], list[Any]]:
    """The parameters of a function: what it is given, and its states."""
    parameters = list(function.params)
    given = len(parameters) - count_states(function.attrs)
    return parameters[:given], parameters[given:]


def split_parameters(parameters: Iterable[Any], bindings: Iterable[Any]) -> dict[Any, Any]:
    """Parameter -> the binding that splits it, or a reshape of it, into rows."""
    origin = {parameter: parameter for parameter in parameters}
    found: dict[Any, Any] = {}
    for binding in bindings:
        value = binding.value
        if operator_name(value) == "relax.reshape" and value.args[0] in origin:
            origin[binding.var] = origin[value.args[0]]
        elif operator_name(value) == "relax.split" and value.args[0] in origin:
            found[origin[value.args[0]]] = binding
    return found


class Roots:
    """Roots of every variable seen so far, one set per tuple field (a tensor has one field).

    Roots are numbered by whoever defines them; states of the model are negative (``define_states``), for no planner has
    a place for them.
    """

    def __init__(self) -> None:
        self._fields: dict[Any, tuple[frozenset[int], ...]] = {}

    def define(self, variable: Any, fields: Iterable[Iterable[int]]) -> None:
        self._fields[variable] = tuple(frozenset(field) for field in fields)

    def define_states(self, parameters: Iterable[Any]) -> None:
        for number, parameter in enumerate(parameters):
            self.define(parameter, [[-1 - number]])

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
