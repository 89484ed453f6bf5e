"""What ``arenite plan --json`` says besides where there are memory regions, or inputs and outputs of the caller's."""

from __future__ import annotations

from arenite.graph import ArenaPlan


def place_json(plan: ArenaPlan, buffer: int) -> dict[str, object]:
    """Where a buffer lies: its ``offset``; with regions, counted from the start of its ``region``, and the ``address``
    if the region's base is known."""
    offset = plan.offsets[buffer]
    if not plan.regions:
        return {"offset": offset}
    region = plan.regions[plan.region_of[buffer]]
    found: dict[str, object] = {"offset": offset - region.start, "region": region.name}
    if region.base is not None:
        found["address"] = region.base + offset - region.start
    return found


def regions_json(plan: ArenaPlan) -> dict[str, object]:
    """The key ``regions``, in order of preference; nothing without them.

    ``arena_bytes`` is then the sum of ``used_bytes``. ``lower_bound_bytes`` of a region: no order and no layout that
    uses no more of the regions behind it uses less of it.
    """
    if not plan.regions:
        return {}
    return {
        "regions": [
            {
                "name": region.name,
                "base": region.base,
                "size": region.bytes,
                "used_bytes": region.used_bytes,
                "lower_bound_bytes": region.lower_bound_bytes,
            }
            for region in plan.regions
        ]
    }
