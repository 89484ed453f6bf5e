"""Finds the operators in a Relay function, with their lowerings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from arenite.frontends.lowering import Lowering, NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.operators.lookup import lookup
from arenite.passes.relay.quantised.candidate import Candidate
from arenite.passes.relay.quantised.dataflow import Expr, operator_name, read_dataflow
from arenite.passes.relay.quantised.families import MATCHERS
from arenite.passes.relay.quantised.fold_pads import without_pads


@dataclass(frozen=True, eq=False)
class Found:
    candidate: Candidate
    lowering: Lowering


@dataclass(frozen=True, eq=False)
class Findings:
    """``found``: by the call whose value the operator computes. ``reasons``: why a call that looked like the end or a
    part of an operator is left."""

    found: Mapping[Expr, Found]
    reasons: Mapping[Expr, str]


def find(body: Expr) -> Findings:
    """Every call belongs to at most one operator; ``body`` has its types inferred.

    From the last call to the first, so that an operator is seen from its end, and whole.
    """
    flow = read_dataflow(body)
    found: dict[Expr, Found] = {}
    reasons: dict[Expr, str] = {}
    taken: set[Expr] = set()
    for expr in reversed(flow.order):
        if expr in taken:
            continue
        for match in MATCHERS.get(operator_name(expr), ()):
            try:
                candidate = match(flow, expr)
            except NotLowered as reason:
                reasons[expr] = str(reason)
                break
            if candidate is None:
                continue
            taken.update(candidate.replaced)
            try:
                found[expr] = Found(candidate, _lowering(candidate))
            except NotLowered as reason:
                reasons |= dict.fromkeys(candidate.replaced, str(reason))
            break
    left = without_pads(flow, {root: one.candidate for root, one in found.items()})
    return Findings(
        {
            root: found[root] if found[root].candidate is candidate else Found(candidate, _lowering(candidate))
            for root, candidate in left.items()
        },
        reasons,
    )


def _lowering(candidate: Candidate) -> Lowering:
    if candidate.table is not None:
        return lookup(candidate.model, candidate.operator, candidate.table)
    return lower(candidate.model, candidate.operator)
