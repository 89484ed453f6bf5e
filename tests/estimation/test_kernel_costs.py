"""The tables of what kernels cost, and what they are looked up by."""

from __future__ import annotations

import json
from importlib import resources

import pytest

from arenite.codegen.kernels import INSTRUCTION_SETS as FOLDERS
from arenite.codegen.kernels import kernels
from arenite.estimation.code import is_measured
from arenite.estimation.estimate import CPUS
from arenite.frontends.bodies.costs import CALIBRATED
from arenite.target import INSTRUCTION_SETS, Target

WHOLE = sorted(name for name in kernels() if "_row" not in name)


def cpus_of(kernel: str) -> set[str]:
    """Those that were counted for all that may call it."""
    special = next((name for name in FOLDERS if f"_{name}_" in kernel), None)
    return {CALIBRATED[cpu] for cpu in CPUS if special is None or INSTRUCTION_SETS.get(cpu) == special}


def test_every_kernel_was_counted() -> None:
    """A new kernel gets layers in benchmarks/latency_layers.py, or in the files beside it, and then its entry."""
    assert {"dsp", "mve", "v6m"} == set(FOLDERS) == set(INSTRUCTION_SETS.values())
    text = resources.files("arenite.estimation").joinpath("latency.json").read_text(encoding="utf-8")
    table = json.loads(text)
    missing = {kernel: cpus_of(kernel) - table.get(kernel, {}).keys() for kernel in WHOLE}
    assert {kernel: cpus for kernel, cpus in missing.items() if cpus} == {}
    soft = [kernel for kernel in WHOLE if "f32" in kernel and "cortex-m3" not in table[kernel]]
    assert soft == [], "the Cortex-M3 computes with floats in software"
    assert set(table) == set(WHOLE)


@pytest.mark.parametrize("cpu", CPUS)
def test_the_code_of_every_function_was_measured(cpu: str) -> None:
    assert [name for name in kernels() if not is_measured(name, Target(cpu))] == []
