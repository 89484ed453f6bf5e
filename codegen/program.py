"""The generated program as plain data: what the C printer and the project writer read. No TVM."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from arenite.frontends.model import FileLayout
from arenite.passes.memory_request import IoMemory, PlannedRegion

C_TYPES = {
    "int8": "int8_t", "uint8": "uint8_t", "int16": "int16_t", "uint16": "uint16_t", "int32": "int32_t",
    "uint32": "uint32_t", "int64": "int64_t", "uint64": "uint64_t", "float32": "float", "float64": "double",
    "bool": "bool",
}  # fmt: skip


WORD_BYTES = 4
STATE = "state"
"""The C variable that points to the states."""


def item_alignment(dtype: str) -> int:
    """Bytes that a tensor of this type has to be aligned to."""
    return min(np.dtype(dtype).itemsize, 8)


@dataclass(frozen=True)
class Place:
    """A tensor in the arena: ``offset`` and ``bytes`` in bytes from the base. ``port``: it lies elsewhere, ``offset``
    bytes from the start of the caller's ``input_<i>`` or ``output_<i>``, or of ``STATE``."""

    offset: int
    bytes: int
    dtype: str
    shape: tuple[int, ...]
    port: str | None = None


@dataclass(frozen=True)
class Port:
    """An input or output of the run function; ``scale`` is None for a tensor that is not quantised, ``layout`` for one
    that has its axes in the order of the model file."""

    name: str
    c_name: str
    place: Place
    scale: float | None
    zero_point: int | None
    layout: FileLayout | None = None


@dataclass(frozen=True)
class State:
    """A tensor that lives across inferences, and what it holds at first: a constant, or ``fill`` in every byte.

    ``name``: in the model file. ``place``: in ``STATE``."""

    name: str
    place: Place
    fill: int = 0
    constant: str | None = None


@dataclass(frozen=True, eq=False)
class ConstantArray:
    """Read-only data. ``type`` is a C type: a scalar, or a struct of int32 fields that the flat array fills."""

    c_name: str
    type: str
    values: npt.NDArray[np.generic]


@dataclass(frozen=True)
class Argument:
    """A pointer of ``type``: to element ``element`` of a constant, to bytes of the arena, or null if both are None."""

    type: str
    constant: str | None = None
    place: Place | None = None
    element: int = 0


@dataclass(frozen=True)
class TapsArgument:
    """A table of distances from the start of the arena; entry ``first + i`` is the offset of ``rows[i]``."""

    first: int
    rows: tuple[Place, ...]


@dataclass(frozen=True)
class ArenaArgument:
    """The arena from byte ``offset`` on: its start, or scratch, as a pointer of ``type``."""

    type: str
    offset: int = 0
    const: bool = True


@dataclass(frozen=True)
class StateArgument:
    """The states from byte ``offset`` on, as a pointer of ``type``."""

    type: str
    offset: int


AnyArgument = Argument | TapsArgument | ArenaArgument | StateArgument | int


@dataclass(frozen=True)
class FunctionCall:
    function: str
    arguments: tuple[AnyArgument, ...]


@dataclass(frozen=True)
class StepOutput:
    """``source_tensor``: index in the model file, None for scratch; ``at``: byte of it with which the place begins."""

    source_tensor: int | None
    place: Place
    at: int = 0


@dataclass(frozen=True)
class ProgramStep:
    """``in_place``: a result is written over what the step reads. ``pushed``: the number of the row that the caller
    hands in, for the step that brings it to the arena."""

    name: str
    source: str
    calls: tuple[FunctionCall, ...]
    outputs: tuple[StepOutput, ...]
    in_place: bool
    pushed: int | None = None


@dataclass(frozen=True, eq=False)
class Program:
    """``families``: row kernel files that the steps need. ``functions``: C text of the functions TVM printed.

    ``regions``: the memory that the arena is divided into, one behind the other in the places' offsets; none without a
    request for any. ``io_memory``: where inputs and outputs lie; ``copies``: outputs in the caller's memory, by number,
    and what is to be copied there in the end. ``rows``: steps compute rows; ``stream``: the caller hands in the only
    input row by row. ``states``: in memory of their own, one behind the other without gaps.
    """

    name: str
    arena_bytes: int
    alignment: int
    lower_bound_bytes: int
    source_order_bytes: int
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    constants: tuple[ConstantArray, ...]
    steps: tuple[ProgramStep, ...]
    families: tuple[str, ...]
    functions: tuple[str, ...]
    regions: tuple[PlannedRegion, ...] = ()
    io_memory: IoMemory = "arena"
    copies: tuple[tuple[int, Place], ...] = ()
    rows: bool = False
    stream: bool = False
    states: tuple[State, ...] = ()

    @property
    def state_bytes(self) -> int:
        return sum(state.place.bytes for state in self.states)

    @property
    def state_alignment(self) -> int:
        """Bytes that the base of the states has to be aligned to: those of their largest element, and of a word, by
        which the C library moves what is aligned."""
        return max([WORD_BYTES, *(item_alignment(state.place.dtype) for state in self.states)])

    @property
    def rows_pushed(self) -> int:
        """Rows in which the input comes; 0 unless ``stream``."""
        return sum(1 for step in self.steps if step.pushed is not None)

    @property
    def optimal(self) -> bool:
        """Proven: no order and no layout needs less, with regions as ``ArenaPlan.optimal`` has it."""
        if not self.regions:
            return self.arena_bytes == self.lower_bound_bytes
        first, *slower = self.regions
        if all(not region.used_bytes for region in slower):
            return first.used_bytes == first.lower_bound_bytes
        return all(region.used_bytes == region.lower_bound_bytes for region in slower)
