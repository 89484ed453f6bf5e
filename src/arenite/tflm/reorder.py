"""A .tflite file with its operators in an order that needs less of TFLM's arena, and nothing else changed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from arenite.errors import AreniteError, ModelError
from arenite.frontends.calls import call_bytes
from arenite.frontends.model import Model
from arenite.frontends.tflite import control as tflite_control
from arenite.frontends.tflite import parse_subgraphs
from arenite.frontends.tflite.edit import permute_operators, read_metadata, refuse_outside_data, write_metadata
from arenite.frontends.tflite.source import DAMAGE
from arenite.frontends.tflite.tflm import tflm_subgraphs, unknown_scratch
from arenite.tflm import offline_plan
from arenite.tflm.arena import TflmSubgraph, requirements, source_orders
from arenite.tflm.check import Rewritten, check_rewritten
from arenite.tflm.greedy import head_bytes
from arenite.tflm.greedy_search import improve
from arenite.tflm.ordering import lower_bound, order_subgraphs
from arenite.validate import InvalidPlan

Orders = tuple[tuple[int, ...], ...]

KEPT_PLAN = "the file has an offline plan for its present order, which is kept; --tflm-plan makes a new one"
KEPT_PLACES = "arenite found no plan that needs less than the file as it is, which is kept"
KEPT_ORDER = "TensorFlow Lite Micro's planner needs no less for any order that arenite found; that of the file is kept"

_ORDERING = 0.6
"""Share of the time for the best orders; the rest is for TFLM's planner, or for offsets."""


@dataclass(frozen=True)
class Reordered:
    """``data`` is the new file. ``orders[s][i]`` is the number, in the old file, of the operator that subgraph s now
    runs at place i. Heads are what TFLM plans for tensors and for the scratch of its reference kernels, in bytes;
    no order and no layout can do with less than ``lower_bound_bytes``. ``planned``: the file holds an offline plan.
    ``note`` says why it was left as it is, if so. ``unknown_scratch``: kinds of operators whose scratch is not
    known."""

    data: bytes
    orders: Orders
    head_before_bytes: int
    head_bytes: int
    lower_bound_bytes: int
    planned: bool
    note: str | None
    unknown_scratch: tuple[str, ...]
    seconds: float

    @property
    def optimal(self) -> bool:
        return self.head_bytes == self.lower_bound_bytes

    @property
    def moved(self) -> int:
        """Operators that have another place than before."""
        return sum(index != place for order in self.orders for place, index in enumerate(order))


@dataclass(frozen=True, eq=False)
class _File:
    """What is read of a file; ``offsets`` is the offline plan in it, if it has one."""

    file: str
    data: bytes
    models: tuple[Model, ...]
    subgraphs: tuple[TflmSubgraph, ...]
    edges: tflite_control.Edges
    offsets: tuple[int, ...] | None


@dataclass(frozen=True)
class _Choice:
    orders: Orders
    head: int
    offsets: tuple[int, ...] | None = None


def reorder(data: bytes, file: str, *, tflm_plan: bool = False, timeout: float = 10.0) -> Reordered:
    """Reorder the operators of all subgraphs of a TensorFlow Lite file; never to one that needs more of TFLM's arena.

    Args:
        data: the file's content; ``file`` is what messages call it.
        tflm_plan: add offsets for all tensors as TFLM's offline plan, instead of leaving them to its greedy planner.
        timeout: seconds; when they are over, the best so far is returned.

    Raises:
        ModelError: the file is damaged.
        UnsupportedError: it cannot be planned, or not rewritten without touching more than the order.
    """
    try:
        return _reorder(_read(data, file), tflm_plan, timeout)
    except AreniteError as error:
        raise type(error)(error.problem, file=file, operator=error.operator, remedy=error.remedy) from None


def _read(data: bytes, file: str) -> _File:
    models = parse_subgraphs(data, file)
    call_bytes(models)  # refuses recursion
    try:
        refuse_outside_data(data)
        edges = _control_edges(data, models)
        plain = tflm_subgraphs(models, data)
        present = _plan_in_file(data, plain)
    except DAMAGE as error:
        raise ModelError(
            f"damaged: an offset leaves the file ({error})", remedy="copy or convert the model again"
        ) from None
    subgraphs = tuple(replace(one, after=one.after + pairs) for one, pairs in zip(plain, edges, strict=True))
    return _File(file, data, tuple(models), subgraphs, edges, present)


def _reorder(read: _File, tflm_plan: bool, timeout: float) -> Reordered:
    began = time.monotonic()
    subgraphs, present = read.subgraphs, read.offsets
    source = tuple(source_orders(subgraphs))
    before = _Choice(source, head_bytes(requirements(subgraphs, source, present)), present)
    found = order_subgraphs(subgraphs, timeout * _ORDERING)
    ordered = tuple(one.order for one in found)
    bound = lower_bound(subgraphs, found)
    if present is not None:
        # What an offline plan puts into the same bytes, and whether it may, is its maker's business.
        bound = min(bound, before.head)
    deadline = began + timeout
    note = None
    if tflm_plan:
        choice = _best_planned(subgraphs, ordered, bound, deadline)
        if choice.head > before.head:
            choice, note = before, KEPT_PLACES
    elif present is not None:
        choice, note = before, KEPT_PLAN
    else:
        choice = _best_greedy(subgraphs, ordered, before, bound, deadline)
        note = KEPT_ORDER if choice is before else None
    if choice.head < bound:
        raise InvalidPlan(f"{read.file}: a head of {choice.head} bytes is below the bound of {bound}")
    result = read.data if choice is before else _rewrite(read, choice)
    return Reordered(
        data=result,
        orders=choice.orders,
        head_before_bytes=before.head,
        head_bytes=choice.head,
        lower_bound_bytes=bound,
        planned=choice.offsets is not None,
        note=note,
        unknown_scratch=unknown_scratch(read.models),
        seconds=time.monotonic() - began,
    )


def _control_edges(data: bytes, models: Sequence[Model]) -> tflite_control.Edges:
    content = read_metadata(data, tflite_control.ENTRY)
    if content is None:
        return ((),) * len(models)
    return tflite_control.decode(content, [len(model.operators) for model in models])


def _plan_in_file(data: bytes, subgraphs: Sequence[TflmSubgraph]) -> tuple[int, ...] | None:
    content = read_metadata(data, offline_plan.ENTRY)
    return None if content is None else offline_plan.decode(content, subgraphs)


def _best_greedy(
    subgraphs: Sequence[TflmSubgraph], ordered: Orders, before: _Choice, bound: int, deadline: float
) -> _Choice:
    """The least that TFLM's own planner needs; the order of the file unless another one needs less."""
    best = min(before, _Choice(ordered, head_bytes(requirements(subgraphs, ordered))), key=_head)
    found, head = improve(subgraphs, best.orders, bound, deadline=deadline)
    return _Choice(found, head) if head < best.head else best


def _best_planned(subgraphs: Sequence[TflmSubgraph], ordered: Orders, bound: int, deadline: float) -> _Choice:
    """The least with offsets of ours; the order of the file if it needs no more than the others."""

    def planned(orders: Orders) -> _Choice:
        remaining = max(deadline - time.monotonic(), 0.1)
        offsets = offline_plan.plan_offsets(subgraphs, orders, remaining / 3)
        head = head_bytes(requirements(subgraphs, orders, offsets))
        offline_plan.validate_offsets(subgraphs, orders, offsets, head)
        return _Choice(orders, head, offsets)

    best = planned(tuple(source_orders(subgraphs)))
    if best.head > bound:
        best = min(best, planned(ordered), key=_head)
    if best.head > bound:
        # Orders that are best for each subgraph by itself are not always so for all of them together.
        found, _ = improve(subgraphs, best.orders, bound, deadline=deadline)
        best = min(best, planned(found), key=_head)
    return best


def _head(choice: _Choice) -> int:
    return choice.head


def _rewrite(read: _File, choice: _Choice) -> bytes:
    """The new file, checked."""
    contents = {}
    if choice.offsets is not None:
        contents[offline_plan.ENTRY] = offline_plan.encode(choice.offsets, len(read.subgraphs))
    renumbered = tflite_control.renumber(read.edges, choice.orders)
    if renumbered != read.edges:
        contents[tflite_control.ENTRY] = tflite_control.encode(renumbered)
    try:
        new = write_metadata(permute_operators(read.data, choice.orders), contents)
        rewritten = Rewritten(read.file, read.data, new, choice.orders, choice.head)
        check_rewritten(rewritten, read.models, read.subgraphs)
    except (InvalidPlan, *DAMAGE) as error:
        # Tables that lie over each other: a change of one is a change of the other.
        raise ModelError(f"cannot be reordered: {error}", remedy="convert the model again") from None
    return new


def report(result: Reordered, model: str, output: str) -> dict[str, object]:
    """The object that ``arenite reorder --json`` writes."""
    return {
        "schema": "arenite.reorder/1",
        "model": model,
        "output": output,
        "operators": sum(map(len, result.orders)),
        "subgraphs": len(result.orders),
        "moved": result.moved,
        "tflm_head_before_bytes": result.head_before_bytes,
        "tflm_head_bytes": result.head_bytes,
        "lower_bound_bytes": result.lower_bound_bytes,
        "optimal": result.optimal,
        "metadata": result.planned,
        "note": result.note,
        "unknown_scratch": list(result.unknown_scratch),
        "seconds": round(result.seconds, 3),
    }
