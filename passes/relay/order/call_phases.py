"""Calls of lowered functions as a Graph in two resolutions: whole calls, and the phases that each falls into.

USMP counts lives by the statements inside the called functions: the input of a padded convolution is dead when its
output is begun. So what a call needs is no sum over its buffers, but the largest over its phases.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from arenite.graph import Buffer, Graph, Step
from arenite.passes.relay.order.function_lives import Ticks


@dataclass(frozen=True)
class Call:
    """``reads`` and ``writes`` are indices of buffers, each at most once; temporaries are among the writes.

    ``operands``: the buffers behind the parameters of the function ``name``, in order, None for a constant.
    ``spans``: the closed live range of each of them, in ticks of this call, which are 0 to ``ticks`` - 1.
    ``let``: position of its let in the chain. ``in_place``: pairs of an operand and a result that may coincide.
    ``after``: numbers of calls that must run before although no buffer says so.
    """

    name: str
    reads: tuple[int, ...]
    writes: tuple[int, ...]
    spans: Mapping[int, Ticks]
    ticks: int
    let: int
    operands: tuple[int | None, ...] = ()
    in_place: tuple[tuple[int, int], ...] = ()
    after: tuple[int, ...] = ()


@dataclass(frozen=True)
class LoweredGraph:
    """The calls of ``main`` in two resolutions, over the same buffers.

    ``calls``: one step per call, which reads and writes as if all its buffers lived from its begin to its end.
    ``phases``: one step per phase of a call; those of ``calls.steps[i]`` are ``phases_of[i]``, in this order, and stay
    together. Live bytes are those that USMP counts, save that an input is live from the begin of ``main`` and an output
    until its end, where USMP takes their first and last use. Inputs and outputs have 0 bytes unless they are in the
    workspace. ``lets[i]`` is the position in the chain of the let of step i. ``shared``: groups of buffers that are the
    same temporary of a function called several times, for which USMP takes one offset. ``alignment``: in bytes, of
    every buffer and of the workspace. ``operands``: of each call, as in Call.
    """

    calls: Graph
    phases: Graph
    phases_of: tuple[tuple[int, ...], ...]
    lets: tuple[int, ...]
    shared: tuple[tuple[int, ...], ...]
    alignment: int
    operands: tuple[tuple[int | None, ...], ...]
    workspace_io: bool

    def phase_order(self, order: Sequence[int]) -> tuple[int, ...]:
        """The order of the phases when the calls run in ``order``."""
        return tuple(phase for call in order for phase in self.phases_of[call])

    def as_counted(self, order: Sequence[int]) -> Graph:
        """``phases`` with the lives that USMP counts when the calls run in ``order``; only for this order.

        USMP looks into a function once per call and remembers what its parameters stood for. Where a later call passes
        an input or output of the caller, it still takes the buffer of the call before to be touched.
        """
        steps = list(self.phases.steps)
        outside = set() if self.workspace_io else {*self.phases.inputs, *self.phases.outputs}
        remembered: dict[tuple[str, int], int] = {}
        for call in order:
            name = self.calls.steps[call].name
            for position, operand in enumerate(self.operands[call]):
                if operand is not None and operand not in outside:
                    remembered[name, position] = operand
                elif (name, position) in remembered:
                    touched = remembered[name, position]
                    phase = self._last_phase_with(operand, call)
                    step = steps[phase]
                    if touched not in (*step.reads, *step.writes):
                        steps[phase] = replace(step, reads=(*step.reads, touched))
        return replace(self.phases, steps=tuple(steps))

    def _last_phase_with(self, buffer: int | None, call: int) -> int:
        phases = self.phases_of[call]
        holding = [
            phase for phase in phases if buffer in (*self.phases.steps[phase].reads, *self.phases.steps[phase].writes)
        ]
        return (holding or phases)[-1]


def assemble(
    calls: Sequence[Call],
    buffers: tuple[Buffer, ...],
    inputs: tuple[int, ...],
    outputs: tuple[int, ...],
    *,
    shared: tuple[tuple[int, ...], ...] = (),
    alignment: int,
    workspace_io: bool,
) -> LoweredGraph:
    """The two graphs of ``calls``, which stand in source order."""
    phases: list[Step] = []
    phases_of: list[tuple[int, ...]] = []
    for number, call in enumerate(calls):
        begun = set(call.reads)
        first = len(phases)
        for live in _maximal_sets(call.spans, call.ticks):
            phases.append(Step(call.name, tuple(sorted(live & begun)), tuple(sorted(live - begun)), (number,)))
            begun |= live
        phases_of.append(tuple(range(first, len(phases))))
    steps = tuple(Step(call.name, call.reads, call.writes, (number,)) for number, call in enumerate(calls))
    return LoweredGraph(
        Graph("main", buffers, steps, inputs, outputs, _calls_after(calls)),
        Graph("main", buffers, tuple(phases), inputs, outputs, _after(calls, phases_of)),
        tuple(phases_of),
        tuple(call.let for call in calls),
        shared,
        alignment,
        tuple(call.operands for call in calls),
        workspace_io,
    )


def _calls_after(calls: Sequence[Call]) -> tuple[tuple[int, int], ...]:
    return tuple((before, number) for number, call in enumerate(calls) for before in call.after)


def _after(calls: Sequence[Call], phases_of: Sequence[tuple[int, ...]]) -> tuple[tuple[int, int], ...]:
    """A call is over before one that reads its result begins, and its phases follow each other."""
    writer = {buffer: number for number, call in enumerate(calls) for buffer in call.writes}
    pairs = {pair for phases in phases_of for pair in pairwise(phases)}
    for number, call in enumerate(calls):
        for other in {writer[buffer] for buffer in call.reads if buffer in writer}:
            pairs.add((phases_of[other][-1], phases_of[number][0]))
    pairs |= {(phases_of[before][-1], phases_of[number][0]) for before, number in _calls_after(calls)}
    return tuple(sorted(pairs))


def _maximal_sets(spans: Mapping[int, Ticks], ticks: int) -> Iterator[set[int]]:
    """What is live at once, without sets that a neighbour contains; at least one."""
    kept: list[set[int]] = []
    for tick in range(ticks):
        live = {buffer for buffer, (first, last) in spans.items() if first <= tick <= last}
        if kept and live <= kept[-1]:
            continue
        while kept and kept[-1] <= live:
            kept.pop()
        kept.append(live)
    yield from kept
