"""What a caller may ask of a module's memory: several regions, and inputs and outputs that lie outside of the arena."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import lcm
from typing import Any, Literal

from arenite.errors import AreniteError
from arenite.graph import ArenaPlan, Graph, RegionArena
from arenite.planner import base_alignment, plan_graph
from arenite.regions.caller_memory import without_io
from arenite.regions.plan_request import plan_request
from arenite.regions.request import RegionRequest

IoMemory = Literal["arena", "caller"]
CALLER = -1
"""Stands for the offset of a tensor that lies in the caller's memory."""
PLACES_ATTRIBUTE = "arenite.places"
REGIONS_ATTRIBUTE = "arenite.regions"
IO_MEMORY_ATTRIBUTE = "arenite.io_memory"


@dataclass(frozen=True)
class PlannedRegion(RegionArena):
    """``alignment``: of its base and of ``used_bytes``."""

    alignment: int

    def entry(self) -> dict[str, object]:
        """Its object in the key ``regions`` of results in JSON."""
        return {
            "name": self.name,
            "base": self.base,
            "size": self.bytes,
            "used_bytes": self.used_bytes,
            "lower_bound_bytes": self.lower_bound_bytes,
        }


@dataclass(frozen=True)
class MemoryRequest:
    """Regions, pins and where inputs and outputs lie, with the plan for the graph that ``to_graph`` makes of the model.

    ``regions``: None for one arena without a limit. ``source_names``: what the model file calls its tensors, for pins.
    ``file``: the model's, for errors. ``answer``: what ``arenite plan`` says; a module that is the same graph gets it.
    """

    source: Graph
    source_names: Sequence[str]
    regions: RegionRequest | None
    io_memory: IoMemory
    file: str | None
    answer: ArenaPlan | None = None

    def solve(self, *, order: Literal["best", "source"], alignment: int, timeout: float) -> MemoryRequest:
        """With its answer. Raises AreniteError for a pin that makes no sense, and if the model does not fit."""
        answer = self._solve(self.source, order, base_alignment(alignment, self.source.buffers), timeout)
        return replace(self, answer=answer)

    def plan(self, graph: Graph, *, order: Literal["best", "source"], alignment: int, timeout: float) -> ArenaPlan:
        """Order and layout of ``graph``, the numbers of whose steps and buffers the plan has. Raises as ``solve``."""
        if self.answer is not None and same_graph(graph, self.source):
            return self.answer
        return self._solve(graph, order, alignment, timeout)

    def _solve(self, graph: Graph, order: Literal["best", "source"], alignment: int, timeout: float) -> ArenaPlan:
        placed = without_io(graph) if self.io_memory == "caller" else graph
        if self.regions is None:
            return plan_graph(placed, order=order, alignment=alignment, timeout=timeout)
        return plan_request(
            placed, self.regions, source_names=self.source_names, order=order, alignment=alignment, timeout=timeout,
            file=self.file,
        )  # fmt: skip

    def attributes(self, plan: ArenaPlan, alignment: int) -> dict[str, Any]:
        """What a function whose steps stand in the plan's order says of it, for PlanMemory: the offset of each input
        and then of each step's results, the regions, and where inputs and outputs lie."""
        graph = plan.graph
        written = (buffer for step in plan.order for buffer in graph.steps[step].writes)
        ports = {*graph.inputs, *graph.outputs} if self.io_memory == "caller" else set[int]()
        ports |= {number for number, buffer in enumerate(graph.buffers) if buffer.caller_bytes}
        places = [CALLER if buffer in ports else plan.offsets[buffer] for buffer in (*graph.inputs, *written)]
        found: dict[str, Any] = {PLACES_ATTRIBUTE: places, IO_MEMORY_ATTRIBUTE: self.io_memory}
        if self.regions is not None:
            regions = [
                {**asdict(arena), "alignment": lcm(region.alignment, alignment)}
                for arena, region in zip(plan.regions, self.regions.regions, strict=True)
            ]
            found[REGIONS_ATTRIBUTE] = json.dumps(regions)
        return found


def same_graph(one: Graph, other: Graph) -> bool:
    """Whether steps and buffers of both graphs are the same in order of appearance, whatever they are called.

    What else an order has to keep (``Graph.after``) is not compared: a module says less of it than a model.
    """

    def key(graph: Graph) -> object:
        appearance = [*graph.inputs, *(buffer for step in graph.steps for buffer in step.writes)]
        number = {buffer: place for place, buffer in enumerate(appearance)}

        def numbers(buffers: Iterable[int]) -> frozenset[int]:
            return frozenset(number[buffer] for buffer in buffers)

        return (
            [(graph.buffers[buffer].bytes, graph.buffers[buffer].alignment) for buffer in appearance],
            [
                (numbers(step.reads), numbers(step.writes), frozenset(numbers(pair) for pair in step.in_place))
                for step in graph.steps
            ],
            len(graph.inputs),
            numbers(graph.outputs),
            frozenset(
                frozenset((number[buffer], at) for buffer, at in group.members)
                for group in graph.glued
                if len(group.members) > 1
            ),
        )

    return key(one) == key(other)


def noted_places(attributes: Mapping[str, Any], blocks: int) -> tuple[int, ...] | None:
    """The offsets that ``MemoryRequest.attributes`` has noted, None if there are none.

    Raises AreniteError if they are not of ``blocks`` tensors.
    """
    if PLACES_ATTRIBUTE not in attributes:
        return None
    places = tuple(int(place) for place in attributes[PLACES_ATTRIBUTE])
    if len(places) != blocks:
        raise AreniteError(
            f"the module has {blocks} tensors, but {len(places)} were planned",
            remedy="run no pass that fuses or splits operators between ReorderSchedule and PlanMemory",
        )
    return places


def read_regions(attributes: Mapping[str, Any]) -> tuple[PlannedRegion, ...]:
    """The regions that the memory of a function is divided into; none without a request for any."""
    if REGIONS_ATTRIBUTE not in attributes:
        return ()
    return tuple(PlannedRegion(**entry) for entry in json.loads(str(attributes[REGIONS_ATTRIBUTE])))
