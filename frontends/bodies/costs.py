"""What kernels cost on each core: instructions of a call, and code. ``costs.json`` has what was counted in QEMU and in
object files of GCC with -O2; benchmarks/calibrate_bodies.py brings it up to date."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from arenite.frontends.bodies.features import features_of

CALIBRATED: Mapping[str, str] = {
    "cortex-m0plus": "cortex-m0plus",
    "cortex-m3": "cortex-m4",
    "cortex-m4": "cortex-m4",
    "cortex-m7": "cortex-m4",
    "cortex-m33": "cortex-m4",
    "cortex-m55": "cortex-m55",
}
"""CPU -> the one that stands for it: instructions, which are not cycles, are much the same from the M3 to the M33."""


@cache
def _table() -> dict[str, dict[str, dict[str, Any]]]:
    text = (resources.files(__package__) / "costs.json").read_text(encoding="utf-8")
    table: dict[str, dict[str, dict[str, Any]]] = json.loads(text)
    return table


def instructions(kernel: str, layer: Mapping[str, int], cpu: str) -> float | None:
    """An estimate for one call of a kernel with the fields of its layer; None where nothing was counted."""
    return _instructions(kernel, tuple(layer), tuple(layer.values()), cpu)


@lru_cache(maxsize=8192)
def _instructions(kernel: str, fields: tuple[str, ...], values: tuple[int, ...], cpu: str) -> float | None:
    coefficients = _table()["instructions"].get(kernel, {}).get(CALIBRATED.get(cpu, ""))
    if coefficients is None:
        return None
    counts = features_of(kernel, dict(zip(fields, values, strict=True)))
    return sum([float(coefficient) * counts[name] for name, coefficient in coefficients.items() if name in counts])


def code_bytes(family: str, cpu: str) -> int | None:
    """Code and tables of all functions of a family of kernels, of which a program may use only some; None where
    nothing was measured."""
    size = _table()["code_bytes"].get(family, {}).get(CALIBRATED.get(cpu, ""))
    return None if size is None else int(size)
