"""Attributes that belong to the build: TVM fills in those of requantisation where they are, in the user's module."""

from __future__ import annotations

from typing import Any

from arenite.passes.relay.quantised.dataflow import inputs_of, is_call, post_order, with_inputs
from arenite.relay_compat import relay, tvm


def own_attributes(main: Any) -> Any:
    """``main`` with copies of what TVM's legalisation writes to; the same object if there is nothing of the kind."""
    new: dict[Any, Any] = {}
    for expr in post_order(main.body, inputs_of):
        made = with_inputs(expr, [new[read] for read in inputs_of(expr)])
        if is_call(expr, "qnn.requantize"):
            attributes = {str(name): expr.attrs[name] for name in expr.attrs.keys()}  # noqa: SIM118
            copied = tvm.ir.make_node("relay.attrs.RequantizeAttrs", **attributes)
            made = relay.Call(made.op, made.args, copied, made.type_args, expr.span)
        new[expr] = made
    body = new[main.body]
    if body.same_as(main.body):
        return main
    return relay.Function(main.params, body, main.ret_type, main.type_params, main.attrs)
