"""Sums and products for Helium, four elements at once."""

from __future__ import annotations

from collections.abc import Mapping

from arenite.frontends.bodies.body import Body
from arenite.frontends.lowering import Call

BODY_OF = {
    "arenite_add_s8": "arenite_add_mve_s8",
    "arenite_add_once_s8": "arenite_add_mve_once_s8",
    "arenite_multiply_s8": "arenite_multiply_mve_s8",
}


def rewrite(call: Call, _scratch_limit: int) -> tuple[Call, int]:
    """The body's call: nothing changes but the kernel."""
    return Call(BODY_OF[call.kernel], call.layer, call.inputs, call.constants), 0


def instructions(layer: Mapping[str, int]) -> float:
    """Counted in QEMU."""
    rows = layer["batches"] * layer["rows"]
    return rows * (60 + layer["columns"] * (70 + 22 * -(-layer["channels"] // 4)))


BODIES = tuple(Body(kernel, body, "mve", rewrite, instructions, code_bytes=600) for kernel, body in BODY_OF.items())
