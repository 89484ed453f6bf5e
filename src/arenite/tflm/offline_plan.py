"""TFLM's metadata entry for offsets that were planned before ("offline"), and the offsets to put into it.

The format is that of tensorflow/lite/micro/docs/memory_management.md: 32-bit integers, little-endian; a version, the
number of subgraphs, the number of offsets, then one offset per tensor of all subgraphs, -1 for what TFLM shall place.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from arenite.allocate import allocate
from arenite.errors import ModelError, UnsupportedError
from arenite.graph import Block, Problem
from arenite.tflm.arena import ALIGNMENT, ONLINE, Orders, Requirement, TflmSubgraph, requirements, tensor_count
from arenite.tflm.greedy import greedy_offsets, head_bytes
from arenite.validate import validate_plan

ENTRY = "OfflineMemoryAllocation"
_VERSION = 0
_HEADER = 3
MAX_OFFSET = (1 << 31) - 1


def encode(offsets: Sequence[int], subgraphs: int) -> bytes:
    """The content of the metadata entry."""
    return struct.pack(f"<{_HEADER + len(offsets)}i", _VERSION, subgraphs, len(offsets), *offsets)


def decode(content: bytes, subgraphs: Sequence[TflmSubgraph]) -> tuple[int, ...]:
    """The offsets of a metadata entry; raises ModelError unless it has one for each tensor."""
    tensors = tensor_count(subgraphs)
    count = struct.unpack_from("<i", content, 8)[0] if len(content) >= 4 * _HEADER else -1
    if count != tensors or len(content) < 4 * (_HEADER + tensors):
        raise ModelError(
            f"its {ENTRY} metadata are not for its {tensors} tensors", remedy="convert the model again without them"
        )
    return struct.unpack_from(f"<{tensors}i", content, 4 * _HEADER)


def plan_offsets(subgraphs: Sequence[TflmSubgraph], orders: Orders, timeout: float) -> tuple[int, ...]:
    """Offsets for the tensors of all subgraphs, in bytes, for the least memory under these orders; ``ONLINE`` for what
    is not in the arena.

    The scratch of kernels is planned with them, to leave room where TFLM will need it.

    Raises:
        UnsupportedError: TFLM would misread the plan, because a subgraph that is called has variable tensors.
    """
    buffers = requirements(subgraphs, orders)
    problem = _problem(buffers)
    plan = allocate(problem, timeout)
    validate_plan(problem, plan.offsets, plan.arena_bytes)
    offsets = _of_tensors(buffers, plan.offsets, tensor_count(subgraphs))
    if head_bytes(requirements(subgraphs, orders, offsets)) > head_bytes(buffers):
        # TFLM's planner, which puts the scratch somewhere else, is lucky where we are not.
        offsets = _of_tensors(buffers, greedy_offsets(buffers), tensor_count(subgraphs))
    if max(offsets, default=0) > MAX_OFFSET:
        raise UnsupportedError(
            "needs more than 2 GB of activations", remedy="choose a model that a microcontroller can hold"
        )
    _refuse_misread(subgraphs, offsets)
    return tuple(offsets)


def validate_offsets(subgraphs: Sequence[TflmSubgraph], orders: Orders, offsets: Sequence[int], head: int) -> None:
    """Raises InvalidPlan unless what TFLM makes of an offline plan keeps all that live together apart, scratch
    included, within ``head`` bytes."""
    buffers = requirements(subgraphs, orders, offsets)
    validate_plan(_problem(buffers), greedy_offsets(buffers), head)


def _of_tensors(buffers: Sequence[Requirement], offsets: Sequence[int], tensors: int) -> list[int]:
    """One offset per tensor; TFLM places scratch itself."""
    found = [ONLINE] * tensors
    for buffer, offset in zip(buffers, offsets, strict=True):
        if buffer.tensor is not None:
            found[buffer.tensor] = offset
    return found


def _problem(buffers: Sequence[Requirement]) -> Problem:
    blocks = []
    for buffer in buffers:
        name = "scratch" if buffer.tensor is None else f"tensor {buffer.tensor}"
        # Steps count from 0, TFLM's times from -1.
        blocks.append(Block(name, buffer.bytes, buffer.first + 1, buffer.last + 1, ALIGNMENT))
    return Problem(tuple(blocks), alignment=ALIGNMENT)


def _refuse_misread(subgraphs: Sequence[TflmSubgraph], offsets: Sequence[int]) -> None:
    """``MicroAllocator::AllocateVariables`` looks up variable tensor i of any subgraph among the offsets of the main
    one, and gives it no memory if there is an offset."""
    for number, subgraph in enumerate(subgraphs):
        if number and any(offsets[index] != ONLINE for index in subgraph.variables):
            raise UnsupportedError(
                f"subgraph {number} '{subgraph.name}' has variable tensors, which TensorFlow Lite Micro confuses with "
                "those of the main subgraph in an offline plan",
                remedy="leave out --tflm-plan",
            )
