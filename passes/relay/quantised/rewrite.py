"""Puts arenite's operators into a Relay module and reports on what it left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from arenite.frontends.bodies import choose
from arenite.passes.relay.operators import arenite_call
from arenite.passes.relay.quantised.dataflow import (
    Expr,
    inputs_of,
    is_call,
    operator_name,
    post_order,
    source_name,
    with_inputs,
)
from arenite.passes.relay.quantised.find import Findings, Found, find
from arenite.passes.relay.quantised.from_qdq import prepared
from arenite.passes.relay.quantised.reading import dtype
from arenite.passes.relay.quantised.report import Left, Match, MatchReport
from arenite.relay_compat import relay, tvm
from arenite.target import PORTABLE, Target

NO_OPERATOR = "arenite has no operator like it"


def lower_quantised(module: tvm.IRModule, target: Target = PORTABLE) -> tuple[tvm.IRModule, MatchReport]:
    """The module with each quantised int8 operator in ``main`` as one call of an operator of arenite, on kernels for
    ``target``.

    Operators in NCHW, and float operators between dequantise and quantise (QDQ), are brought into integers and NHWC
    first. Parameters have to be bound as constants, qnn operators not yet legalised. ``module`` stays as it is; other
    functions than ``main`` are taken over.

    Raises:
        tvm.TVMError: the module's types do not fit.
    """
    typed = prepared(module)
    function = typed["main"]
    findings = _for_target(find(function.body), target)
    order = post_order(function.body, lambda expr: _inputs(expr, findings.found))
    new: dict[Expr, Expr] = {}
    for expr in order:
        new[expr] = _rebuilt(expr, findings.found.get(expr), new)
    body = new[function.body]
    result = tvm.IRModule(typed.functions, typed.type_definitions, attrs=typed.attrs)
    result["main"] = relay.Function(function.params, body, function.ret_type, function.type_params, function.attrs)
    return relay.transform.InferType()(result), _report(order, findings)


def _for_target(findings: Findings, target: Target) -> Findings:
    chosen = choose([found.lowering for found in findings.found.values()], target)
    return replace(
        findings,
        found={
            expr: replace(found, lowering=lowering)
            for (expr, found), lowering in zip(findings.found.items(), chosen, strict=True)
            if lowering is not None
        },
    )


def _inputs(expr: Expr, found: Mapping[Expr, Found]) -> Sequence[Expr]:
    if expr in found:
        return list(found[expr].candidate.values.values())
    return inputs_of(expr)


def _rebuilt(expr: Expr, found: Found | None, new: Mapping[Expr, Expr]) -> Expr:
    if found is None:
        return with_inputs(expr, [new[read] for read in inputs_of(expr)])
    candidate = found.candidate
    values = {index: new[value] for index, value in candidate.values.items()}
    made = arenite_call(candidate.model, candidate.operator, found.lowering, values)
    return relay.Call(made.op, made.args, made.attrs, made.type_args, expr.span)


def _report(order: Sequence[Expr], findings: Findings) -> MatchReport:
    """``order``: the expressions of the old function that the new one computes, in order of execution."""
    matched: list[Match] = []
    left: list[Left] = []
    wide: set[Expr] = set()
    for expr in order:
        name = operator_name(expr)
        if expr in findings.found:
            candidate = findings.found[expr].candidate
            replaced = tuple(operator_name(call) for call in candidate.replaced)
            matched.append(Match(candidate.operator.kind, source_name(expr), replaced))
            if dtype(expr) != "int8":
                wide.add(expr)
        elif name and _is_quantised(expr, wide):
            left.append(Left(name, source_name(expr), findings.reasons.get(expr, NO_OPERATOR)))
            if dtype(expr) != "int8":
                wide.add(expr)
        elif not name and any(read in wide for read in inputs_of(expr)):
            wide.add(expr)
    return MatchReport(tuple(matched), tuple(left))


def _is_quantised(expr: Expr, wide: set[Expr]) -> bool:
    """Whether a call computes on quantised numbers: it says so, widens int8, or reads what such a call made."""
    if operator_name(expr).startswith("qnn.") or any(read in wide for read in inputs_of(expr)):
        return True
    return is_call(expr, "cast") and dtype(expr.args[0]) == "int8"
