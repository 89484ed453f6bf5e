"""A short run of the fuzzer, the same each time; what it takes more time to find is for whoever has more."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from fuzz.corpus import seeds
from tflite_mutations import mutate_tables

from arenite.errors import AreniteError
from arenite.frontends.read import read_model

FUZZER = Path(__file__).with_name("fuzz_models.py")
RUNS = 200
TIMEOUT = 240


@pytest.mark.parametrize("name", sorted(seeds()))
def test_seeds_are_read(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_bytes(seeds()[name])
    assert read_model(file).outputs


def test_damage_to_tables_leaves_files_that_are_read_and_others(tmp_path: Path) -> None:
    intact = seeds()["fuzz_target.tflite"]
    file = tmp_path / "damaged.tflite"
    read = written = 0
    for seed in range(100):
        try:
            file.write_bytes(mutate_tables(intact, seed))
        except Exception:
            continue
        written += 1
        try:
            read_model(file)
        except AreniteError:
            continue
        read += 1
    assert written > 80
    assert 20 < read < written
    assert mutate_tables(intact, 1) == mutate_tables(intact, 1)


def test_nothing_but_errors_for_users(tmp_path: Path) -> None:
    if importlib.util.find_spec("atheris") is None:
        pytest.skip("the fuzzer needs atheris, which has wheels for Linux on x86-64 (pip install -e '.[fuzz]')")
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for name, data in seeds().items():
        (corpus / name).write_bytes(data)
    command = [sys.executable, str(FUZZER), str(corpus), f"-runs={RUNS}", "-seed=1", "-timeout=60"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    assert done.returncode == 0, done.stderr[-6000:]
    assert f"Done {RUNS} runs" in done.stderr
