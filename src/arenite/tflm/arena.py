"""What TFLM's arena holds and when: tensors of all subgraphs on one time line, as ``AllocationInfoBuilder`` marks them
(tensorflow/lite/micro/micro_allocation_info.cc).

It differs from what arenite compiles: a RESHAPE copies, nothing is written in place, every size is a multiple of 16,
and a tensor that no operator touches gets bytes of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from arenite.errors import UnsupportedError

ALIGNMENT = 16
"""Bytes: ``MicroArenaBufferAlignment()``."""
ONLINE = -1
"""The offset of a buffer that TFLM's planner shall place itself (``kOnlinePlannedBuffer``)."""
UNUSED = -1
"""The time at which a tensor lives that no operator reached from subgraph 0 touches."""
MAX_VISITS = 200_000
"""Operators on the time line. A subgraph stands on it once per call, so calls within calls multiply."""

Orders = Sequence[Sequence[int]]
"""Of each subgraph, the operators' indices in their order of execution."""


@dataclass(frozen=True)
class TflmOperator:
    """``reads`` and ``writes``: indices of tensors; constants and absent inputs may stand among them. ``calls``: the
    subgraphs that run within it, one after the other. ``scratch``: bytes of each buffer that its kernel asks for while
    it runs, multiples of 16."""

    name: str
    reads: tuple[int, ...]
    writes: tuple[int, ...]
    calls: tuple[int, ...] = ()
    scratch: tuple[int, ...] = ()


@dataclass(frozen=True)
class TflmSubgraph:
    """``sizes``: bytes that each tensor takes in the arena, a multiple of 16; 0 for what lies elsewhere (constants).
    ``variables``: tensors that TFLM keeps beside the arena's plan, unless an offline plan names an offset for them.
    ``after``: pairs of operators ``(a, b)``, a before b, that no tensor orders."""

    name: str
    sizes: tuple[int, ...]
    variables: frozenset[int]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    operators: tuple[TflmOperator, ...]
    after: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Requirement:
    """A buffer that the planner gets: ``bytes`` live in the closed range of times ``first..last``; ``offset`` is fixed
    by an offline plan, or ``ONLINE``. ``tensor`` is its index among those of all subgraphs, one after the other; None
    for scratch."""

    tensor: int | None
    bytes: int
    first: int
    last: int
    offset: int = ONLINE


@dataclass
class _Life:
    """First and last time; both ``UNUSED`` until something happens."""

    first: int = UNUSED
    last: int = UNUSED

    def create(self, time: int) -> None:
        if self.first == UNUSED:
            self.first = time

    def use(self, time: int) -> None:
        self.last = time


def source_orders(subgraphs: Sequence[TflmSubgraph]) -> list[tuple[int, ...]]:
    """The orders of the file."""
    return [tuple(range(len(subgraph.operators))) for subgraph in subgraphs]


def tensor_count(subgraphs: Sequence[TflmSubgraph]) -> int:
    return sum(len(subgraph.sizes) for subgraph in subgraphs)


def requirements(
    subgraphs: Sequence[TflmSubgraph], orders: Orders, offsets: Sequence[int] | None = None
) -> list[Requirement]:
    """The buffers that TFLM plans when subgraph s runs its operators in the order ``orders[s]``, in TFLM's order: the
    tensors of all subgraphs, then the scratch.

    Args:
        offsets: an offline plan, in bytes: one per tensor of all subgraphs, one after the other; ``ONLINE`` where TFLM
            shall choose.

    Raises:
        UnsupportedError: calls within calls make the time line too long.
    """
    tensors = [[_Life() for _ in subgraph.sizes] for subgraph in subgraphs]
    operators = [[_Life() for _ in subgraph.operators] for subgraph in subgraphs]
    _run(subgraphs, orders, tensors, operators)
    found = []
    flat = 0
    for number, subgraph in enumerate(subgraphs):
        for index, size in enumerate(subgraph.sizes):
            offset = ONLINE if offsets is None else offsets[flat]
            if size and (index not in subgraph.variables or offset != ONLINE):
                life = tensors[number][index]
                found.append(Requirement(flat, size, life.first, life.last, offset))
            flat += 1
    for number, subgraph in enumerate(subgraphs):
        for index in orders[number]:
            life = operators[number][index]
            if life.first != UNUSED:
                scratch = subgraph.operators[index].scratch
                found += [Requirement(None, size, life.first, life.last) for size in scratch]
    return found


def _run(
    subgraphs: Sequence[TflmSubgraph],
    orders: Orders,
    tensors: Sequence[Sequence[_Life]],
    operators: Sequence[Sequence[_Life]],
) -> None:
    """Marks the lives of tensors and operators, from one call of subgraph 0."""
    time = visits = 0

    def call(number: int) -> None:
        nonlocal time, visits
        subgraph, lives = subgraphs[number], tensors[number]
        for tensor in subgraph.inputs:
            lives[tensor].create(time)
            lives[tensor].use(time)
        for index in orders[number]:
            operator = subgraph.operators[index]
            time += 1
            visits += 1
            if visits > MAX_VISITS:
                raise UnsupportedError(
                    f"runs more than {MAX_VISITS} operators, each call of a subgraph counted",
                    remedy="convert with fewer calls within calls",
                )
            operators[number][index].create(time)
            for tensor in operator.writes:
                lives[tensor].create(time)
            for called in operator.calls:
                time += 1
                call(called)
            for tensor in (*operator.reads, *operator.writes):
                if tensor >= 0:
                    lives[tensor].use(time)
            operators[number][index].use(time)
        for tensor in subgraph.outputs:
            lives[tensor].create(time)
            lives[tensor].use(time)

    call(0)
