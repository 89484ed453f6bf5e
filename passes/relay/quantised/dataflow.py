"""A Relay function's body as a list in order of execution. No walk recurses: a network may have thousands of
operators, Python's stack has room for a thousand calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from arenite.relay_compat import relay, tvm

Expr = Any
"""A Relay expression. Two are equal if they are the same node, whatever Python object stands for it."""


@dataclass(frozen=True, eq=False)
class Dataflow:
    """``order``: every expression once, after those it reads. ``readers``: who reads each, once per argument; None is
    the caller, who reads the result."""

    order: tuple[Expr, ...]
    readers: Mapping[Expr, Sequence[Expr | None]]

    def only_use(self, expr: Expr) -> bool:
        """Whether nothing but one argument of one expression reads ``expr``."""
        return len(self.readers[expr]) == 1

    def reaches_only_output(self, expr: Expr, through: Sequence[str]) -> bool:
        """Whether all that reads ``expr`` is the caller, directly or through tuples and operators of these names."""
        pending = [expr]
        while pending:
            for reader in self.readers[pending.pop()]:
                if reader is None:
                    continue
                if not (isinstance(reader, relay.Tuple) or operator_name(reader) in through):
                    return False
                pending.append(reader)
        return True


def read_dataflow(body: Expr) -> Dataflow:
    order = tuple(post_order(body, inputs_of))
    readers: dict[Expr, list[Expr | None]] = {expr: [] for expr in order}
    for expr in order:
        for read in inputs_of(expr):
            readers[read].append(expr)
    readers[body].append(None)
    return Dataflow(order, readers)


def inputs_of(expr: Expr) -> Sequence[Expr]:
    """The expressions whose values ``expr`` reads; those inside of a branch, a binding or a function do not count."""
    if isinstance(expr, relay.Call):
        return list(expr.args)
    if isinstance(expr, relay.Tuple):
        return list(expr.fields)
    if isinstance(expr, relay.TupleGetItem):
        return [expr.tuple_value]
    return []


def post_order(root: Expr, inputs: Callable[[Expr], Sequence[Expr]]) -> list[Expr]:
    """``root`` and everything it needs, each after its inputs, inputs from left to right."""
    order: list[Expr] = []
    seen: set[Expr] = set()
    stack: list[tuple[Expr, bool]] = [(root, False)]
    while stack:
        expr, ready = stack.pop()
        if ready:
            order.append(expr)
        elif expr not in seen:
            seen.add(expr)
            stack.append((expr, True))
            stack.extend((read, False) for read in reversed(inputs(expr)) if read not in seen)
    return order


def with_inputs(expr: Expr, new: Sequence[Expr]) -> Expr:
    """``expr`` on other inputs; itself if they are the same."""
    if list(new) == list(inputs_of(expr)):
        return expr
    if isinstance(expr, relay.Call):
        return relay.Call(expr.op, list(new), expr.attrs, expr.type_args, expr.span)
    if isinstance(expr, relay.Tuple):
        return relay.Tuple(list(new), expr.span)
    return relay.TupleGetItem(new[0], expr.index, expr.span)


def operator_name(expr: Expr) -> str:
    """Name of the operator that ``expr`` calls; empty if it is no call of one."""
    if isinstance(expr, relay.Call) and isinstance(expr.op, tvm.ir.Op):
        return str(expr.op.name)
    return ""


def is_call(expr: Expr, *names: str) -> bool:
    return operator_name(expr) in names


def source_name(expr: Expr) -> str:
    """The name of what ``expr`` was made from, if the frontend noted it."""
    span: Any = expr.span
    # Several sources in one expression, from TVM 0.13 on: the first one names it.
    while len(getattr(span, "spans", ())):
        span = span.spans[0]
    name = getattr(span, "source_name", None)
    return "" if name is None else str(name.name)
