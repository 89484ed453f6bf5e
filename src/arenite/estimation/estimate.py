"""The way in: a model -> what it will cost."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from arenite.errors import AreniteError
from arenite.estimation.code import code_bytes, is_measured
from arenite.estimation.constants import WORD, constant_bytes
from arenite.estimation.kernel_costs import kernel_stack_bytes
from arenite.estimation.latency import OperatorLatency, operator_latencies
from arenite.estimation.planned import PlannedModel, plan_model
from arenite.estimation.schedule import CYCLES, schedule_bytes, schedule_instructions
from arenite.estimation.steps import LOOPS, program_steps
from arenite.frontends.lowering import Call
from arenite.frontends.model import Model
from arenite.frontends.read import read_model
from arenite.frontends.rewrites.boundary import strip_float_boundary
from arenite.graph import Graph
from arenite.rows.plan_rows import Granularity, RowRequest
from arenite.target import SCRATCH_BYTES, Optimise, Target

SCHEMA = "arenite.estimate/1"
CPUS = ("cortex-m0plus", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55")
LOOPS_BYTES = 240
"""Of code for an operator that TVM prints loops for."""
FRAME_BYTES, UNKNOWN_STACK_BYTES = 24, 160
"""Of the stack: for the run function, and for a kernel that nobody has measured."""


@dataclass(frozen=True)
class Estimate:
    """What a model will cost. Bytes are those of the generated library; ``instructions`` those of one inference.

    SRAM: ``arena_bytes`` and ``state_bytes`` are what a compiler would take, ``stack_bytes`` is estimated. Flash:
    ``weights_bytes`` and ``parameters_bytes`` (biases, scales, tables, layers) are laid out as in C; ``code_bytes`` are
    those of the kernels, ``schedule_bytes`` those of the function that calls them, of which the code is estimated.
    ``cycles``: None on cores that do not issue one instruction at a time; memory answers at once. ``uncalibrated``:
    functions whose instructions or code nobody has measured, which are guesses. ``seconds``: that the estimate took,
    without reading the model.
    """

    model: str
    cpu: str
    optimise: Optimise
    granularity: Literal["op", "row"]
    arena_bytes: int
    state_bytes: int
    stack_bytes: int
    weights_bytes: int
    parameters_bytes: int
    code_bytes: int
    schedule_bytes: int
    instructions: int
    cycles: int | None
    schedule_instructions: int
    operators: tuple[OperatorLatency, ...]
    uncalibrated: tuple[str, ...]
    seconds: float

    @property
    def ram_bytes(self) -> int:
        return self.arena_bytes + self.state_bytes + self.stack_bytes

    @property
    def flash_bytes(self) -> int:
        return self.weights_bytes + self.parameters_bytes + self.code_bytes + self.schedule_bytes

    def milliseconds(self, megahertz: float) -> float | None:
        """Of one inference at this clock; None where there are no cycles. Raises AreniteError for a clock that stands
        still."""
        if not megahertz > 0:
            raise AreniteError(f"a clock of {megahertz} MHz", remedy="give that of the core, for example 80")
        return None if self.cycles is None else self.cycles / (1000 * megahertz)

    def json(self, megahertz: float | None = None) -> dict[str, Any]:
        """The object that ``arenite estimate --json --mhz`` prints."""
        milliseconds = None if megahertz is None else self.milliseconds(megahertz)
        return {
            "schema": SCHEMA,
            "model": self.model,
            "cpu": self.cpu,
            "optimise": self.optimise,
            "granularity": self.granularity,
            "arena_bytes": self.arena_bytes,
            "state_bytes": self.state_bytes,
            "stack_bytes": self.stack_bytes,
            "ram_bytes": self.ram_bytes,
            "flash_bytes": self.flash_bytes,
            "flash": {
                "weights_bytes": self.weights_bytes,
                "parameters_bytes": self.parameters_bytes,
                "code_bytes": self.code_bytes,
                "schedule_bytes": self.schedule_bytes,
            },
            "instructions": self.instructions,
            "cycles": self.cycles,
            "mhz": megahertz,
            "milliseconds": None if milliseconds is None else round(milliseconds, 4),
            "calibrated": not self.uncalibrated,
            "uncalibrated": list(self.uncalibrated),
            "seconds": round(self.seconds, 6),
            "schedule": {"instructions": self.schedule_instructions},
            "operators": [
                {
                    "operator": one.operator,
                    "functions": list(one.functions),
                    "calls": one.calls,
                    "macs": one.macs,
                    "instructions": round(one.instructions),
                    "cycles": None if one.cycles is None else round(one.cycles),
                    "calibrated": one.calibrated,
                }
                for one in self.operators
            ],
        }


def estimate(
    model: Model | Graph | str | Path,
    *,
    cpu: str = "cortex-m4",
    optimise: Optimise = "speed",
    granularity: Granularity = "op",
    stream_input: bool = False,
    eager_rows: bool = False,
    scratch_bytes: int = SCRATCH_BYTES,
    io: Literal["source", "int8"] = "source",
    order: Literal["best", "source"] = "best",
    alignment: int = 16,
    timeout: float = 10.0,
    shapes: Mapping[str, tuple[int, ...]] | None = None,
) -> Estimate:
    """What ``arenite compile`` with the same options will make of a model, told without compiling it.

    Args:
        model: a file, or what ``arenite.frontends.read.read_model`` has made of it.
        granularity: "op" takes milliseconds; "row" and "auto" search for an order of rows, which takes longer.
        timeout: seconds for the search; the arena is that of ``arenite plan`` unless it runs out there or here.
        shapes: of inputs of an ONNX file that leaves extents open, by name.

    Raises:
        AreniteError: the CPU or a choice is unknown, the file cannot be read, or it is a Graph, which has no weights.
        UnsupportedError: the model has operators that cannot be compiled.
    """
    choices = {"cpu": (cpu, CPUS), "optimise": (optimise, get_args(Optimise)), "io": (io, ("source", "int8"))}
    choices |= {"granularity": (granularity, get_args(Granularity)), "order": (order, ("best", "source"))}
    for name, (chosen, known) in choices.items():
        if chosen not in known:
            raise AreniteError(
                f"there is no estimate for --{name} {chosen}", remedy=f"choose one of {', '.join(known)}"
            )
    if isinstance(model, Graph):
        raise AreniteError(
            "a Graph knows nothing of weights and kernels", file=model.name,
            remedy="give the Model that it was made of, or its file; plan_graph tells its arena",
        )  # fmt: skip
    if not isinstance(model, Model):
        model = read_model(model, shapes)
    began = time.perf_counter()
    if io == "int8":
        model = strip_float_boundary(model)
    rows = RowRequest(granularity, stream_input, eager_rows)
    planned = plan_model(
        model, Target(cpu, optimise, scratch_bytes), rows, order=order, alignment=alignment, timeout=timeout
    )  # fmt: skip
    return _estimate(planned, began)


def _estimate(planned: PlannedModel, began: float) -> Estimate:
    target, by_rows = planned.target, planned.choice.rows is not None
    steps = program_steps(planned)
    functions = dict.fromkeys(call.function for step in steps for call in step.calls)
    kernel_functions = [function for function in functions if function != LOOPS]
    loops = sum(call.function == LOOPS for step in steps for call in step.calls)
    calls = [call for lowering in planned.lowerings for call in lowering.calls]
    constants = constant_bytes(calls, target.optimise)
    operators = operator_latencies(planned, steps)
    schedule = schedule_instructions(steps, target, rows=by_rows)
    uncalibrated = {function for function in functions if not is_measured(function, target)}
    uncalibrated |= {function for one in operators for function in one.uncalibrated}
    cycles = [one.cycles for one in operators if one.cycles is not None]
    return Estimate(
        model=Path(planned.model.file).name,
        cpu=target.cpu,
        optimise=target.optimise,
        granularity=planned.choice.granularity,
        arena_bytes=planned.choice.plan.arena_bytes,
        state_bytes=planned.model.state_bytes,
        stack_bytes=FRAME_BYTES + max((_stack(call, target.cpu) for call in calls), default=0),
        weights_bytes=constants.weights,
        parameters_bytes=constants.parameters + _initial_bytes(planned.model),
        code_bytes=code_bytes(kernel_functions, target) + LOOPS_BYTES * loops,
        schedule_bytes=schedule_bytes(steps, constants.arrays, len(planned.model.states), target, rows=by_rows),
        instructions=round(sum(one.instructions for one in operators) + schedule),
        cycles=round(sum(cycles) + CYCLES * schedule) if len(cycles) == len(operators) and cycles else None,
        schedule_instructions=schedule,
        operators=operators,
        uncalibrated=tuple(sorted(uncalibrated)),
        seconds=time.perf_counter() - began,
    )


def _initial_bytes(model: Model) -> int:
    """Of states whose bytes before the first inference are not all the same."""
    given = [np.ascontiguousarray(state).view(np.uint8).ravel() for state in model.states.values()]
    return sum(-(-data.size // WORD) * WORD for data in given if data.size and (data != data[0]).any())


def _stack(call: Call, cpu: str) -> int:
    found = kernel_stack_bytes(call, cpu)
    return UNKNOWN_STACK_BYTES if found is None else found
