"""CONCATENATION along channels as a view: what computes an operand writes it where the copy would go.

One step computes all operands that are taken in, so the memory between them is that of what they read. It never takes
more memory for whole operators, whatever the order: see ``_worth_taking``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators import lower
from arenite.frontends.operators.parts import alike, is_lowered, of_parts, operands, operators_in
from arenite.frontends.rewrites.uses import Uses
from arenite.frontends.rows.form import row_form


def fold_concatenations(model: Model) -> Model:
    """The model without each operator whose result is but copied into channels of a CONCATENATION (NHWC).

    The CONCATENATION has it in the attribute ``parts`` and reads what it read, and so with the operands of another
    CONCATENATION along the same axis. In the result ``Model.shares`` and ``Model.folded`` have the operator with the
    CONCATENATION. Results are the same bit for bit. An operator stays if its result has another reader, is a model
    output or of another quantisation than the concatenation, if its kernel cannot write with a stride, if the
    CONCATENATION would no longer fall into rows, or if that could take more memory.
    """
    uses = Uses(model)
    operators = {operator.index: operator for operator in model.operators}
    shares, folded = dict(model.shares), dict(model.folded)
    for operator in model.operators:
        if operator.kind != "CONCATENATION" or not is_lowered(model, operator):
            continue
        joined, inner = _joined(model, operators, uses, operator)
        host = _with_parts(model, operators, uses, joined)
        operators[host.index] = host
        known = operators_in(joined)
        for part in (*inner, *(part for part in operators_in(host) if not any(part is one for one in known))):
            del operators[part.index]
            taken = (part.index, *shares.pop(part.index, ()))
            shares[host.index] = tuple(dict.fromkeys((*shares.get(host.index, ()), *taken)))
            folded = {source: host.index if other == part.index else other for source, other in folded.items()}
            folded[part.index] = host.index
    if len(operators) == len(model.operators):
        return model
    return replace(model, operators=tuple(operators.values()), shares=shares, folded=folded)


def _joined(
    model: Model, operators: Mapping[int, Operator], uses: Uses, operator: Operator
) -> tuple[Operator, list[Operator]]:
    """The CONCATENATION with the operands of those along the same axis whose results only it reads, and these.

    What they read has, in all, no more bytes than their results."""
    inner: list[Operator] = []
    parts: list[int | Operator] = []
    for index in operator.inputs:
        writer = _only_for(model, operators, uses, operator, index)
        if writer is not None and writer.kind == "CONCATENATION" and alike(model, writer, operator):
            inner.append(writer)
            parts += operands(writer)
        else:
            parts.append(index)
    joined = of_parts(operator, parts)
    try:
        return (joined, inner) if inner and _falls_into_rows(model, joined) else (operator, [])
    except NotLowered:
        return operator, []


def _only_for(
    model: Model, operators: Mapping[int, Operator], uses: Uses, operator: Operator, index: int
) -> Operator | None:
    """The operator that writes this operand of ``operator`` and nothing else, if nobody else reads it."""
    writer = uses.writer.get(index)
    if writer is None or writer.index not in operators or index in model.outputs or len(writer.outputs) != 1:
        return None
    alone = len(uses.readers[index]) == 1 and operands(operator).count(index) == 1
    return operators[writer.index] if alone else None


def _with_parts(model: Model, operators: Mapping[int, Operator], uses: Uses, operator: Operator) -> Operator:
    """The CONCATENATION with all that it takes in; itself, if that is nothing."""
    candidates: list[Operator] = []
    for index in operands(operator):
        writer = None if isinstance(index, Operator) else _only_for(model, operators, uses, operator, index)
        if writer is not None and _taken_in(model, operator, [writer]) is not None:
            candidates.append(writer)
    taken = _worth_taking(model, operator, candidates, uses)
    while taken:
        host = _taken_in(model, operator, taken)
        if host is not None:
            return host
        # Together they see their operands in rows that do not fit each other.
        taken = _worth_taking(model, operator, taken[:-1], uses)
    return operator


def _taken_in(model: Model, operator: Operator, taken: Iterable[Operator]) -> Operator | None:
    """The CONCATENATION that computes these operands; None if there are no kernels for it, or if it does not fall into
    rows although it and they do."""
    by_result = {part.outputs[0]: part for part in taken}
    parts = [part if isinstance(part, Operator) else by_result.get(part, part) for part in operands(operator)]
    host = of_parts(operator, parts)
    if any(model.tensors[index].variable for index in host.inputs if index >= 0):
        return None
    try:
        split = _falls_into_rows(model, host)
        before = all(_falls_into_rows(model, whole) for whole in (operator, *by_result.values()))
    except NotLowered:
        return None
    return host if split or not before else None


def _falls_into_rows(model: Model, operator: Operator) -> bool:
    """Raises NotLowered for an operator without a kernel."""
    place = {tensor.index: tensor.index for tensor in model.tensors if tensor.data is None and not tensor.constant}
    return row_form(model, operator, lower(model, operator), place) is not None


def _worth_taking(model: Model, operator: Operator, candidates: Sequence[Operator], uses: Uses) -> list[Operator]:
    """Those of the candidates that the step of ``operator`` can compute at no cost in memory, whatever the order.

    Take any order of the model as it is and leave the candidates' steps out. Before the CONCATENATION more tensors
    have to wait: what the candidates read, from its last other reader on. At that time all candidates that read it have
    run in the old order, and their results wait in its stead. So memory never rises if each tensor that they read is
    paid for: candidates that read the same tensors pay together, with the bytes of their results, for those of these
    tensors that nobody has paid for yet. What waits for a later reader in any order costs nothing.
    """
    behind = uses.behind(operator)
    groups: dict[frozenset[int], list[Operator]] = {}
    for part in candidates:
        groups.setdefault(frozenset(index for index in part.inputs if _in_arena(model, index)), []).append(part)
    parts = {index for members in groups.values() for part in members for index in part.outputs}
    paid = {
        index
        for tensors in groups
        for index in tensors
        if index in model.outputs
        or (index in operator.inputs and index not in parts)
        or any(reader.index in behind for reader in uses.readers[index])
    }
    taken: set[int] = set()
    for tensors, members in sorted(groups.items(), key=lambda group: len(group[0])):
        cost = sum(model.tensors[index].bytes for index in tensors - paid)
        if cost <= sum(model.tensors[part.outputs[0]].bytes for part in members):
            paid |= tensors
            taken |= {part.index for part in members}
    return [part for part in candidates if part.index in taken]


def _in_arena(model: Model, index: int) -> bool:
    return index >= 0 and model.tensors[index].data is None and not model.tensors[index].constant
