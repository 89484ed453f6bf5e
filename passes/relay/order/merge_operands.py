"""Calls that write in place, as if operand and result were one buffer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from arenite.passes.relay.order.call_phases import Call
from arenite.passes.relay.order.function_lives import Ticks

Roots = Mapping[int, int]


def merged_operands(
    calls: Sequence[Call], inputs: Sequence[int], outputs: Sequence[int], *, only_readers: bool
) -> tuple[list[Call], Roots]:
    """``calls`` in which a result that may be written over an operand is that operand.

    Args:
        only_readers: merge only where no other call reads the operand, so that every order can do it. Otherwise all
            pairs are merged: no order and no choice of pairs needs less than an order of these calls, for one buffer
            is never more than the two, however many of the pairs a plan makes use of. This gives bounds.

    Returns:
        The calls, and for each buffer that has become another one the other. Inputs and outputs of ``main`` are never
        written over.
    """
    readers: dict[int, set[int]] = {}
    for number, call in enumerate(calls):
        for buffer in call.reads:
            readers.setdefault(buffer, set()).add(number)
    roots: dict[int, int] = {}
    for number, call in enumerate(calls):
        for source, result in call.in_place:
            alone = readers.get(source) == {number}
            if result in roots or source in (*inputs, *outputs) or (only_readers and not alone):
                continue
            roots[result] = roots.get(source, source)
            break
    writer = {buffer: number for number, call in enumerate(calls) for buffer in call.writes}
    return [_renamed(call, roots, writer) for call in calls], roots


def _renamed(call: Call, roots: Roots, writer: Mapping[int, int]) -> Call:
    spans: dict[int, Ticks] = {}
    for buffer, (first, last) in call.spans.items():
        root = roots.get(buffer, buffer)
        known_first, known_last = spans.get(root, (first, last))
        spans[root] = min(first, known_first), max(last, known_last)
    return replace(
        call,
        reads=tuple(sorted({roots.get(buffer, buffer) for buffer in call.reads})),
        writes=tuple(buffer for buffer in call.writes if buffer not in roots),
        spans=spans,
        operands=tuple(buffer if buffer is None else roots.get(buffer, buffer) for buffer in call.operands),
        after=tuple(sorted({writer[buffer] for buffer in call.reads if buffer in roots})),
    )
