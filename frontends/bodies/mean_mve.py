"""Means for Helium, of four neighbours at once."""

from __future__ import annotations

from collections.abc import Mapping

from arenite.frontends.bodies.body import Body
from arenite.frontends.lowering import Call


def rewrite(call: Call, _scratch_limit: int) -> tuple[Call, int] | None:
    """The body's call: nothing changes but the kernel. None for single elements, of which there are no vectors."""
    if call.layer["inner"] == 1:
        return None
    return Call(call.kernel.replace("mean", "mean_mve"), call.layer, call.inputs, call.constants), 0


def instructions(layer: Mapping[str, int]) -> float:
    """Counted in QEMU."""
    return layer["outer"] * (40 + -(-layer["inner"] // 4) * (30 + 4 * layer["reduced"]))


BODIES = tuple(
    Body(f"arenite_mean{suffix}", f"arenite_mean_mve{suffix}", "mve", rewrite, instructions, code_bytes=300)
    for suffix in ("_s8", "_once_s8")
)
