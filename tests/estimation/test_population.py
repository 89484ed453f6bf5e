"""Estimates of many models, and of networks whose kernels nobody has measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from models.architectures import FAMILIES, architecture

import arenite
from arenite.errors import UnsupportedError
from arenite.estimation import code, kernel_costs
from arenite.frontends.read import read_model

DIGITS = Path(__file__).parents[1] / "models" / "digits.tflite"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    directory = tmp_path_factory.mktemp("architectures")
    found = []
    for seed in range(len(FAMILIES)):
        name, data = architecture(seed)
        assert architecture(seed) == (name, data)
        found.append(directory / f"{name}.tflite")
        found[-1].write_bytes(data)
    return found


def test_a_population_is_estimated_in_order_by_any_number_of_processes(files: list[Path]) -> None:
    model = read_model(DIGITS)
    unknown = replace(model, operators=(replace(model.operators[0], kind="CUSTOM"), *model.operators[1:]))
    alone, together = (arenite.estimate_all([*files, unknown, model], jobs=jobs, cpu="cortex-m4") for jobs in (1, 2))
    assert [one.model for one in alone[:-2] if isinstance(one, arenite.Estimate)] == [file.name for file in files]
    for one, other in zip(alone, together, strict=True):
        if isinstance(one, arenite.Estimate):
            assert isinstance(other, arenite.Estimate)
            assert replace(one, seconds=0) == replace(other, seconds=0)
    for refused in (alone[-2], together[-2]):
        assert isinstance(refused, UnsupportedError)
        assert refused.file == model.file
    assert arenite.estimate_all([]) == ()


@pytest.mark.parametrize("cpu", ["cortex-m0plus", "cortex-m4", "cortex-m55"])
def test_kernels_of_these_families_are_all_measured(files: list[Path], cpu: str) -> None:
    for one in arenite.estimate_all([file for file in files if "fire" not in file.name], jobs=1, cpu=cpu):
        assert isinstance(one, arenite.Estimate)
        assert one.uncalibrated == ()
        assert (one.cycles is None) == (cpu == "cortex-m55")


def test_kernels_that_nobody_has_measured_are_guessed_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = arenite.estimate(DIGITS)
    monkeypatch.setattr(kernel_costs, "_table", dict)
    monkeypatch.setattr(code, "_table", lambda: {"columns": [], "sections": {}})
    code._column.cache_clear()
    try:
        guessed = arenite.estimate(DIGITS)
    finally:
        code._column.cache_clear()
    assert set(guessed.uncalibrated) == {function for one in measured.operators for function in one.functions}
    assert not guessed.json()["calibrated"]
    assert guessed.arena_bytes == measured.arena_bytes
    assert measured.instructions / 6 < guessed.instructions < 6 * measured.instructions
    assert measured.flash_bytes / 2 < guessed.flash_bytes < 2 * measured.flash_bytes
