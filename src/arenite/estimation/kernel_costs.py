"""Instructions and stack of one call of a kernel. ``latency.json`` has what was counted in QEMU;
benchmarks/calibrate_latency.py brings it up to date."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any

from arenite.estimation.features import is_point, variant, work
from arenite.frontends.bodies.costs import CALIBRATED
from arenite.frontends.lowering import Call


@cache
def _table() -> Mapping[str, Any]:
    text = (resources.files(__package__) / "latency.json").read_text(encoding="utf-8")
    table: Mapping[str, Any] = json.loads(text)
    return table


def _counted(kernel: str, cpu: str) -> Mapping[str, Any] | None:
    counted = _table().get(kernel, {})
    found: Mapping[str, Any] | None = counted.get(cpu, counted.get(CALIBRATED.get(cpu, "")))
    return found


def kernel_instructions(call: Call, inputs: int, outputs: int, cpu: str, *, rows: bool = False) -> float | None:
    """Of one call that reads and writes so many elements, or of calls of its row function for all rows; None for a
    kernel that nobody has counted."""
    counted = _counted(call.kernel, cpu)
    if counted is None:
        return None
    fits: Mapping[str, Mapping[str, float]] = counted["instructions"]
    coefficients = fits.get(variant(call, rows=rows), fits.get(""))
    if coefficients is None:
        return None
    times = 1
    if rows and is_point(call.layer):
        # Each row is as the only one.
        times = call.layer["batches"] * call.layer["output_rows"]
        call = replace(call, layer={**call.layer, "batches": 1, "input_rows": 1, "output_rows": 1})
        inputs, outputs = inputs // times, outputs // times
    counts = work(call, inputs, outputs, rows=rows)
    return times * sum([coefficient * counts[name] for name, coefficient in coefficients.items() if name in counts])


def kernel_stack_bytes(call: Call, cpu: str) -> int | None:
    """The most that was seen in calls like this one; None for a kernel that nobody has counted."""
    counted = _counted(call.kernel, cpu)
    stacks: Mapping[str, int] = counted["stack_bytes"] if counted is not None else {}
    return stacks.get(variant(call), stacks.get(""))
