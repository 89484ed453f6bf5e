"""The bundled models are what their scripts write, run in TFLite, and are lively enough to show a wrong kernel."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from models import bad, digits_data, small
from oracles import Reference

from arenite.errors import AreniteError
from arenite.frontends.model import Model
from arenite.frontends.operators import families
from arenite.frontends.tflite import parse_tflite

DIGITS = small.FOLDER / "digits.tflite"
DIGITS_CORRECT = 356
"""Of the 360 held-out digits, by TFLite's reference kernels, when digits.py was run last."""

SMALL = [small.FOLDER / f"{name}.tflite" for name in small.NETWORKS]
SAMPLES = 4


def name_of(file: Path) -> str:
    return file.stem


def read(file: Path) -> Model:
    return parse_tflite(file.read_bytes(), file.name)


@cache
def values(file: Path) -> dict[int, npt.NDArray[np.generic]]:
    """Every tensor's values over some random inputs, flat, by index."""
    model, reference, random = read(file), Reference(file.read_bytes()), np.random.default_rng(0)
    runs = []
    for _ in range(SAMPLES):
        inputs: list[npt.NDArray[np.int8] | npt.NDArray[np.float32]] = []
        for index in model.inputs:
            tensor = model.tensors[index]
            if tensor.dtype == "float32":
                inputs.append(random.normal(0, 1.5, tensor.shape).astype(np.float32))
            else:
                inputs.append(random.integers(-128, 128, tensor.shape).astype(np.int8))
        runs.append(reference.run(inputs))
    return {index: np.concatenate([run[index].ravel() for run in runs]) for index in runs[0]}


@pytest.mark.parametrize("file", SMALL, ids=name_of)
def test_script_writes_the_committed_bytes(file: Path) -> None:
    assert small.NETWORKS[file.stem]() == file.read_bytes()


def test_bundled_models_stay_small() -> None:
    files = [*small.FOLDER.glob("*.tflite"), *small.FOLDER.glob("*.npz")]
    assert {*SMALL, DIGITS, digits_data.HELD_OUT_FILE} <= set(files)
    assert sum(file.stat().st_size for file in files) < 300_000


@pytest.mark.parametrize("file", [*SMALL, DIGITS], ids=name_of)
def test_activations_are_lively(file: Path) -> None:
    """More than 20 different values in each tensor (more than 10 after a softmax or where few values are computed),
    and less than three quarters at the ends of the range: a wrong rounding cannot hide in saturation."""
    model = read(file)
    for operator in model.operators:
        if (file, operator.kind) == (DIGITS, "SOFTMAX"):
            continue  # a trained classifier is sure of itself
        for index in operator.outputs:
            result = values(file)[index]
            distinct = len(np.unique(result))
            scarce = operator.kind in {"SOFTMAX", "DEQUANTIZE"} or result.size < 100
            assert distinct > (10 if scarce else 20), f"{operator.label}: {distinct} values"
            if result.dtype == np.int8:
                saturated = np.isin(result, (-128, 127)).mean()
                assert saturated < 0.75, f"{operator.label}: {saturated:.0%}"


def test_zoo_is_compiled() -> None:
    kinds = {operator.kind for operator in read(small.FOLDER / "ops_zoo.tflite").operators}
    assert kinds < families().keys()
    assert len(kinds) >= 24


def test_level_by_level_order_of_the_branchy_cell_is_bad() -> None:
    model = read(small.FOLDER / "branchy_cell.tflite")
    assert least_peak(model) <= 0.85 * file_order_peak(model)


def test_order_matters_for_the_digits() -> None:
    model = read(DIGITS)
    assert least_peak(model) <= 0.8 * file_order_peak(model)


def test_digits_accuracy() -> None:
    digits = digits_data.held_out()
    reference = Reference(DIGITS.read_bytes())
    output = read(DIGITS).outputs[0]
    predictions = [int(np.argmax(reference.run([image[np.newaxis]])[output])) for image in digits.images]
    assert int(np.sum(np.asarray(predictions) == digits.labels)) == DIGITS_CORRECT
    assert DIGITS_CORRECT / len(digits.labels) >= 0.97


def test_pixels_are_in_the_quantisation_of_the_model() -> None:
    model = read(DIGITS)
    quantisation = model.tensors[model.inputs[0]].quantisation
    assert quantisation is not None
    assert quantisation.scale == pytest.approx(1 / 255, rel=1e-6)
    assert quantisation.zero_point == -128


def test_held_out_digits_are_those_of_scikit_learn() -> None:
    pytest.importorskip("sklearn", reason="the digits come with scikit-learn")
    training, held = digits_data.split()
    committed = digits_data.held_out()
    np.testing.assert_array_equal(committed.images, held.images)
    np.testing.assert_array_equal(committed.labels, held.labels)
    assert len(training.labels) + len(held.labels) == 1797
    assert committed.images.dtype == np.int8
    assert committed.images.shape == (360, 8, 8, 1)


@pytest.mark.parametrize("name", bad.WELL_FORMED)
def test_models_that_cannot_be_compiled_can_be_read(name: str) -> None:
    data = bad.WELL_FORMED[name]()
    operators = parse_tflite(data, name).operators
    assert operators
    if not any(operator.kind.startswith("CUSTOM:") for operator in operators):
        Reference(data)


@pytest.mark.parametrize("name", bad.BROKEN)
def test_broken_models_cannot_be_read(name: str) -> None:
    with pytest.raises(AreniteError):
        parse_tflite(bad.BROKEN[name](), name)


def cost(model: Model, done: frozenset[int], step: int) -> int:
    """Bytes live while operator ``step`` runs after those in ``done``, by definition: no alias, nothing in place."""
    total = 0
    later = {i for i in range(len(model.operators)) if i not in done}
    for tensor in model.tensors:
        if tensor.constant:
            continue
        producer = next((o.index for o in model.operators if tensor.index in o.outputs), None)
        born = producer is None or producer in done or producer == step
        wanted = tensor.index in model.outputs or any(tensor.index in model.operators[i].inputs for i in later)
        total += tensor.bytes if born and (wanted or producer == step) else 0
    return total


def file_order_peak(model: Model) -> int:
    return max(cost(model, frozenset(range(step)), step) for step in range(len(model.operators)))


def least_peak(model: Model) -> int:
    """The least peak of any order, in bytes: dynamic programming over all sets of operators that can have run."""
    makers = {index: o.index for o in model.operators for index in o.outputs}
    needs = [{makers[index] for index in o.inputs if index in makers} for o in model.operators]
    best = {frozenset[int](): 0}
    for _ in model.operators:
        following: dict[frozenset[int], int] = {}
        for done, peak in best.items():
            for step, needed in enumerate(needs):
                if step not in done and needed <= done:
                    reached = done | {step}
                    top = max(peak, cost(model, done, step))
                    following[reached] = min(top, following.get(reached, top))
        best = following
    (peak,) = best.values()
    return peak
