"""What was counted in a run of a program, handed to the operators of its model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from arenite.codegen.costs.block_counts import BlockCounts, Counts
from arenite.codegen.costs.cycles import BlockCycles, CycleModel, block_cycles
from arenite.codegen.costs.disassembly import Instruction
from arenite.codegen.program import ProgramStep
from arenite.errors import ToolError


@dataclass(frozen=True)
class Cost:
    """``cycles`` are None where there is no model of the core."""

    instructions: int
    cycles: float | None

    def __add__(self, other: Cost) -> Cost:
        cycles = None if self.cycles is None or other.cycles is None else self.cycles + other.cycles
        return Cost(self.instructions + other.instructions, cycles)


@dataclass(frozen=True)
class OperatorProfile:
    """One operator of the model file. ``functions``: C functions that compute it, in order of their first calls;
    ``calls``: how many there are, of all of them, in one inference. ``macs``: multiply-accumulates of its definition.
    """

    operator: str
    functions: tuple[str, ...]
    calls: int
    macs: int
    cost: Cost


@dataclass(frozen=True)
class Profile:
    """``operators`` in the order of their first calls. ``schedule``: what runs between them, checks and argument
    passing. ``total`` is the sum of all."""

    operators: tuple[OperatorProfile, ...]
    schedule: Cost
    total: Cost


class BlockCosts:
    """Of blocks, each looked at once."""

    def __init__(self, listing: Mapping[int, Instruction], model: CycleModel | None) -> None:
        self._listing, self._model = listing, model
        self._known: dict[tuple[int, int], BlockCycles] = {}

    def of(self, counts: Counts) -> Cost:
        instructions = sum(block.instructions * count.times for block, count in counts.items())
        if self._model is None:
            return Cost(instructions, None)
        cycles = 0.0
        for block, count in counts.items():
            one = self._cycles(self._model, block.start, block.instructions)
            cycles += one.straight * count.times + one.taken * count.taken
        return Cost(instructions, cycles)

    def _cycles(self, model: CycleModel, start: int, length: int) -> BlockCycles:
        if (start, length) not in self._known:
            block = []
            at = start
            for _ in range(length):
                if at not in self._listing:
                    raise ToolError(f"there is no instruction at {at:#x}, which was executed")
                block.append(self._listing[at])
                at += block[-1].bytes
            self._known[start, length] = block_cycles(model, block)
        return self._known[start, length]


def attribute(
    steps: Sequence[ProgramStep],
    counts: BlockCounts,
    listing: Mapping[int, Instruction],
    cycle_model: CycleModel | None,
    macs: Mapping[str, int],
) -> Profile:
    """Hands what was counted to the operators.

    Args:
        steps: of the program, in the order in which they run.
        listing: its instructions, by address; not looked at without a ``cycle_model``.
        macs: of the operators of the model, by label.

    Raises:
        ToolError: other functions were called than the steps say.
    """
    costs = BlockCosts(listing, cycle_model)
    expected = [(label, call) for label, step in zip(_labels(steps), steps, strict=True) for call in step.calls]
    if len(expected) != len(counts.calls):
        raise ToolError(f"{len(counts.calls)} calls of operators were seen instead of {len(expected)}")
    calls: dict[str, list[tuple[str, Cost]]] = {}
    for (label, call), seen in zip(expected, counts.calls, strict=True):
        if call.function not in seen.names | counts.merged:
            raise ToolError(f"a call of {', '.join(sorted(seen.names))} was seen instead of {call.function}")
        calls.setdefault(label, []).append((call.function, costs.of(seen.counts)))
    nothing = Cost(0, None if cycle_model is None else 0.0)
    operators = tuple(
        OperatorProfile(
            operator=label,
            functions=tuple(dict.fromkeys(function for function, _ in found)),
            calls=len(found),
            macs=sum(macs.get(part, 0) for part in label.split(", ")),
            cost=sum((cost for _, cost in found), nothing),
        )
        for label, found in calls.items()
    )
    schedule = costs.of(counts.outside)
    return Profile(operators, schedule, sum((operator.cost for operator in operators), schedule))


def _labels(steps: Sequence[ProgramStep]) -> list[str]:
    """The operators of the file that each step computes, or its own name. Steps that only add to an accumulator are of
    the same name as the one that ends with the result."""
    named = {step.name: step.source for step in steps if step.source}
    return [step.source or named.get(step.name, step.name) for step in steps]
