"""Pads that the convolutions behind them do by themselves, as in models that are read without TVM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from arenite.frontends.model import Model, Operator, Quantisation
from arenite.frontends.rewrites.fold_pads import PADS, fold_pads
from arenite.passes.relay.quantised.candidate import Candidate
from arenite.passes.relay.quantised.dataflow import Dataflow, Expr


def without_pads(flow: Dataflow, candidates: Mapping[Expr, Candidate]) -> dict[Expr, Candidate]:
    """The candidates, by their roots, less the pads that all who read them can do by themselves; such a reader has the
    pad among what it replaces."""
    left = dict(candidates)
    owners = {expr: (root,) for root, candidate in candidates.items() for expr in candidate.replaced}
    for expr in reversed(flow.order):
        pad = candidates.get(expr)
        if pad is None or pad.operator.kind not in PADS:
            continue
        roots = tuple(root for reader in flow.readers[expr] for root in owners.get(reader, (None,)))
        joined = {root: _joined(pad, left[root]) for root in roots if root is not None}
        folded = {root: candidate for root, candidate in joined.items() if candidate is not None}
        if len(folded) == len(roots):
            left |= folded
            del left[expr]
            owners |= dict.fromkeys(pad.replaced, roots)
    return left


def _joined(pad: Candidate, reader: Candidate) -> Candidate | None:
    """The reader on what the pad reads; None if it cannot pad."""
    source = reader.operator.inputs[0]
    if reader.values.get(source) != pad.root or list(reader.values.values()).count(pad.root) > 1:
        return None
    quantisation = reader.model.tensors[source].quantisation
    if quantisation is None:
        return None
    model = fold_pads(_two_operators(pad.model, reader.model, source, quantisation))
    if len(model.operators) > 1:
        return None
    (operator,) = model.operators
    return Candidate(model, operator, dict(pad.values), reader.root, (*pad.replaced, *reader.replaced), reader.table)


def _two_operators(pad: Model, reader: Model, source: int, quantisation: Quantisation) -> Model:
    """Both in one model. The pad only moves bytes: its numbers are quantised as the reader takes them."""
    (first,), (second,) = pad.operators, reader.operators
    offset = len(pad.tensors)
    moved = [replace(tensor, quantisation=quantisation) if tensor.dtype == "int8" else tensor for tensor in pad.tensors]
    tensors = (*moved, *(replace(tensor, index=tensor.index + offset) for tensor in reader.tensors))

    def place(index: int) -> int:
        return first.outputs[0] if index == source else index if index < 0 else index + offset

    operator = Operator(
        first.index + 1, second.kind, tuple(map(place, second.inputs)), tuple(map(place, second.outputs)),
        second.attributes,
    )  # fmt: skip
    return replace(pad, tensors=tensors, operators=(first, operator), outputs=operator.outputs)
