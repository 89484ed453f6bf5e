"""TFLM's own planner, in Python: what a device will do with a model
(tensorflow/lite/micro/memory_planner/greedy_memory_planner.cc).

Buffers of an offline plan come first, at their offsets, whatever they cover. The others follow from the largest to the
smallest, of equal ones the last first; each takes the lowest gap between those already placed that live with it.
"""

from __future__ import annotations

from collections.abc import Sequence

from arenite.tflm.arena import ONLINE, Requirement


def greedy_offsets(buffers: Sequence[Requirement]) -> tuple[int, ...]:
    """The offset in bytes that TFLM gives each buffer."""
    online = [index for index, buffer in enumerate(buffers) if buffer.offset == ONLINE]
    conflicts = _conflicts(buffers)
    offsets = [buffer.offset for buffer in buffers]
    placed = [buffer.offset != ONLINE for buffer in buffers]
    for index in sorted(online, key=lambda one: (-buffers[one].bytes, -one)):
        size, candidate = buffers[index].bytes, 0
        neighbours = ((offsets[other], other) for other in conflicts[index] if placed[other])
        for low, other in sorted(neighbours):
            if low - candidate >= size:
                break
            candidate = max(candidate, low + buffers[other].bytes)
        offsets[index], placed[index] = candidate, True
    return tuple(offsets)


def head_bytes(buffers: Sequence[Requirement]) -> int:
    """The size of the planned part of the arena ("head") in bytes, as TFLM computes it. The scratch that kernels ask
    for beside their tensors is not in it."""
    offsets = greedy_offsets(buffers)
    return max((offset + buffer.bytes for offset, buffer in zip(offsets, buffers, strict=True)), default=0)


def live_peak(buffers: Sequence[Requirement]) -> int:
    """The largest sum of live bytes: what no planner can undercut with these lifetimes."""
    events = sorted(
        [(buffer.first, buffer.bytes) for buffer in buffers] + [(buffer.last + 1, -buffer.bytes) for buffer in buffers]
    )
    peak = live = 0
    for _, change in events:  # at one time, what ends (negative) sorts before what begins
        live += change
        peak = max(peak, live)
    return peak


def _conflicts(buffers: Sequence[Requirement]) -> list[list[int]]:
    """Of each buffer, those that share a time with it."""
    conflicts: list[list[int]] = [[] for _ in buffers]
    live: list[int] = []
    for index in sorted(range(len(buffers)), key=lambda one: buffers[one].first):
        live = [other for other in live if buffers[other].last >= buffers[index].first]
        for other in live:
            conflicts[other].append(index)
        conflicts[index] = list(live)
        live.append(index)
    return conflicts
