"""A plan as a user asks for it: in the regions and with the pins of a request, with errors that say what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from arenite.graph import ArenaPlan, Graph
from arenite.planner import base_alignment, packing_problem
from arenite.regions.model import RegionProblem
from arenite.regions.pins import allowed_regions
from arenite.regions.place import DoesNotFit
from arenite.regions.plan_regions import plan_regions
from arenite.regions.request import RegionRequest, check_bases
from arenite.regions.shortage import shortage


def plan_request(
    graph: Graph,
    request: RegionRequest,
    *,
    source_names: Sequence[str] = (),
    order: Literal["best", "source"] = "best",
    alignment: int = 16,
    timeout: float = 10.0,
    file: str | None = None,
) -> ArenaPlan:
    """Order and place the buffers of ``graph`` in the regions of ``request``; see ``plan_regions``.

    Args:
        source_names: what the model file calls its tensors, for pins.
        file: the model file, for errors.

    Raises:
        AreniteError: a pin makes no sense, a base is not aligned, or the model does not fit.
    """
    alignment = base_alignment(alignment, graph.buffers)
    check_bases(request.regions, alignment, file)
    allowed = allowed_regions(graph, request, source_names, file=file)
    try:
        return plan_regions(graph, request.regions, allowed, order=order, alignment=alignment, timeout=timeout)
    except DoesNotFit as reason:
        steps = reason.order or tuple(range(len(graph.steps)))
        problem = packing_problem(graph, steps, alignment)
        raise shortage(
            RegionProblem(problem, request.regions, allowed),
            reason.proven,
            file=file,
            when=lambda step: f"step {step} ({graph.steps[steps[step]].name})" if steps else "the model",
        ) from None
