"""Sums and products for Helium, four elements at once."""

from __future__ import annotations

from collections.abc import Mapping

from arenite.frontends.bodies.body import Body
from arenite.frontends.lowering import Call


def rewrite(call: Call, _scratch_limit: int) -> tuple[Call, int]:
    """The body's call: nothing changes but the kernel."""
    return Call(call.kernel.removesuffix("_s8") + "_mve_s8", call.layer, call.inputs, call.constants), 0


def instructions(layer: Mapping[str, int]) -> float:
    """Counted in QEMU."""
    rows = layer["batches"] * layer["rows"]
    return rows * (60 + layer["columns"] * (70 + 22 * -(-layer["channels"] // 4)))


BODIES = tuple(
    Body(f"arenite_{name}_s8", f"arenite_{name}_mve_s8", "mve", rewrite, instructions, code_bytes=600)
    for name in ("add", "multiply")
)
