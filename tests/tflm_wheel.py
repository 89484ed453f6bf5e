"""TFLM itself as the oracle: the tflite-micro wheel, in a process of its own.

Run as a script it loads the models that the process before has written, and leaves what it found beside them.
"""

from __future__ import annotations

import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

ARENA_BYTES = 16 << 20
TIMEOUT = 120


@dataclass(frozen=True)
class TflmRun:
    """``head``: bytes of the arena that TFLM planned; ``outputs``: those of each inference, one after the other."""

    head: int
    outputs: tuple[npt.NDArray[Any], ...]


def tflm_runs(models: Sequence[bytes], *, inferences: int = 2, seed: int = 0) -> list[TflmRun | str]:
    """What TFLM makes of each model with the same random inputs; for a model that it refuses, what it says.

    Skips the running test, with the reason, where the wheel is not installed. ``inferences`` 0 only plans.
    """
    if importlib.util.find_spec("tflite_micro") is None:
        pytest.skip("the oracle needs tflite-micro, which has wheels for Linux on x86-64 only")
    with tempfile.TemporaryDirectory() as folder:
        for number, data in enumerate(models):
            pathlib.Path(folder, f"{number}.tflite").write_bytes(data)
        command = [sys.executable, __file__, folder, str(len(models)), str(inferences), str(seed)]
        process = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
        results = pathlib.Path(folder, "results.json")
        assert results.exists(), f"TFLM ended with {process.returncode}: {process.stderr[-2000:]}"
        runs: list[TflmRun | str] = []
        for number, found in enumerate(json.loads(results.read_text())):
            if isinstance(found, str):
                runs.append(found)
                continue
            with np.load(pathlib.Path(folder, f"{number}.npz")) as arrays:
                runs.append(TflmRun(found, tuple(arrays[f"arr_{place}"] for place in range(len(arrays.files)))))
        return runs


def same_outputs(one: TflmRun, other: TflmRun) -> bool:
    return len(one.outputs) == len(other.outputs) and all(
        np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in zip(one.outputs, other.outputs, strict=True)
    )


def _main(folder: str, count: int, inferences: int, seed: int) -> None:
    results: list[int | str] = []
    for number in range(count):
        path = pathlib.Path(folder, f"{number}.tflite")
        try:
            head, outputs = _run(path.read_bytes(), inferences, seed)
        except Exception as error:
            results.append(f"{type(error).__name__}: {error}")
            continue
        results.append(head)
        np.savez(path.with_suffix(".npz"), *outputs)
    pathlib.Path(folder, "results.json").write_text(json.dumps(results))


def _run(data: bytes, inferences: int, seed: int) -> tuple[int, list[npt.NDArray[Any]]]:
    import tflite
    from tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(data, arena_size=ARENA_BYTES)
    main = tflite.Model.GetRootAs(data, 0).Subgraphs(0)
    random = np.random.default_rng(seed)
    outputs = []
    for _ in range(inferences):
        for place in range(main.InputsLength()):
            interpreter.set_input(_value(random, interpreter.get_input_details(place)), place)
        interpreter.invoke()
        outputs += [np.array(interpreter.get_output(place)) for place in range(main.OutputsLength())]
    return _head(interpreter), outputs


def _value(random: np.random.Generator, details: dict[str, Any]) -> npt.NDArray[Any]:
    dtype, shape = np.dtype(details["dtype"]), tuple(details["shape"])
    if dtype.kind == "b":
        return random.integers(0, 2, shape).astype(dtype)
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return random.integers(max(limits.min, -1000), min(limits.max, 1000) + 1, shape).astype(dtype)
    return random.standard_normal(shape).astype(dtype)


def _head(interpreter: Any) -> int:
    """``print_allocations`` writes to the standard error of C."""
    kept = os.dup(2)
    with tempfile.TemporaryFile() as log:
        os.dup2(log.fileno(), 2)
        try:
            interpreter.print_allocations()
        finally:
            os.dup2(kept, 2)
            os.close(kept)
        log.seek(0)
        found = re.search(rb"Arena allocation head (\d+) bytes", log.read())
    assert found is not None
    return int(found[1])


if __name__ == "__main__":
    _main(sys.argv[1], *map(int, sys.argv[2:5]))
