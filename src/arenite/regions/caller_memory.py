"""Inputs and outputs in the caller's memory instead of the arena."""

from __future__ import annotations

from dataclasses import replace

from arenite.graph import Graph


def without_io(graph: Graph) -> Graph:
    """``graph`` whose inputs and outputs need no bytes of the arena; what they need of the caller's memory is in
    ``caller_bytes``. Nothing is written over them, nor they over anything."""
    ports = {*graph.inputs, *graph.outputs}
    buffers = tuple(
        replace(buffer, bytes=0, caller_bytes=buffer.bytes) if index in ports else buffer
        for index, buffer in enumerate(graph.buffers)
    )
    steps = tuple(
        replace(step, in_place=tuple(pair for pair in step.in_place if ports.isdisjoint(pair))) for step in graph.steps
    )
    return replace(graph, buffers=buffers, steps=steps)
