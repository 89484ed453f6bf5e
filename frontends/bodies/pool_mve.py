"""Pooling for Helium: averages of four channels at once, maxima of 16."""

from __future__ import annotations

from collections.abc import Mapping

from arenite.frontends.bodies.body import Body
from arenite.frontends.lowering import Call

MAX_ELEMENTS = 255
"""Of a window, for the body's division to be exact."""


def rewrite(call: Call, _scratch_limit: int) -> tuple[Call, int] | None:
    """The body's call: nothing changes but the kernel. None for averages over more than ``MAX_ELEMENTS``."""
    average = call.kernel == "arenite_average_pool_s8"
    if average and call.layer["kernel_rows"] * call.layer["kernel_columns"] > MAX_ELEMENTS:
        return None
    return Call(call.kernel.replace("pool", "pool_mve"), call.layer, call.inputs, call.constants), 0


def _instructions(layer: Mapping[str, int], lanes: int) -> float:
    """Counted in QEMU."""
    block = 35 + layer["kernel_rows"] * (8 + 4 * layer["kernel_columns"])
    row = 80 + layer["output_columns"] * (20 + -(-layer["channels"] // lanes) * block)
    return layer["batches"] * layer["output_rows"] * row


def average_instructions(layer: Mapping[str, int]) -> float:
    return _instructions(layer, 4)


def max_instructions(layer: Mapping[str, int]) -> float:
    return _instructions(layer, 16)


BODIES = (
    Body(
        "arenite_average_pool_s8",
        "arenite_average_pool_mve_s8",
        "mve",
        rewrite,
        average_instructions,
        code_bytes=1000,
    ),
    Body("arenite_max_pool_s8", "arenite_max_pool_mve_s8", "mve", rewrite, max_instructions, code_bytes=1000),
)
