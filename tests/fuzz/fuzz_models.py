"""Model files under coverage-guided fuzzing: read, plan and lower, or refuse with an AreniteError.

    python tests/fuzz/corpus.py CORPUS
    python tests/fuzz/fuzz_models.py CORPUS -runs=100000 -timeout=30

The options are libFuzzer's; without ``-runs`` it goes on until something is found, which it leaves as a file
``crash-...``. Such a file, given in place of the folder, is tried again.

It goes on in rounds, each in a process of its own: instrumented code loses some 15 KB per execution, which the same
code without instruments does not, and which libFuzzer would take for a finding in the end.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
from pathlib import Path

import atheris

TESTS = Path(__file__).resolve().parent.parent
# In place of this script's own directory, whose modules would hide the tests' packages.
sys.path[0] = str(TESTS)

with atheris.instrument_imports(include=["arenite"]):
    from arenite.errors import AreniteError
    from arenite.frontends.operators import lower_all
    from arenite.frontends.read import read_model
    from arenite.frontends.to_graph import to_graph
    from arenite.planner import plan_graph
    from arenite.validate import validate_arena_plan

import onnx  # noqa: E402
from fuzz.corpus import seeds  # noqa: E402
from mutations import mutate  # noqa: E402
from onnx_mutations import mutate_message  # noqa: E402
from tflite_mutations import IDENTIFIER, mutate_tables  # noqa: E402

PLAN_SECONDS = 0.05
MAX_BYTES = 1 << 16
ROUND = 20_000
"""Executions."""


def is_tflite(data: bytes) -> bool:
    return data[4:8] == IDENTIFIER


def try_model(data: bytes, folder: Path) -> None:
    """Raises what is none of the errors that a file may be refused with."""
    file = folder / ("model.tflite" if is_tflite(data) else "model.onnx")
    file.write_bytes(data)
    try:
        model = read_model(file)
        validate_arena_plan(plan_graph(to_graph(model), timeout=PLAN_SECONDS))
        lower_all(model)
    except AreniteError:
        return


def mutate_model(data: bytes, max_size: int, seed: int) -> bytes:
    """Half of the damage is to what a file says, the other half to its bytes."""
    choose = random.Random(seed)
    damaged = data
    if choose.random() < 0.5:
        try:
            if is_tflite(data):
                damaged = mutate_tables(data, seed)
            else:
                damaged = mutate_message(onnx.ModelProto.FromString(data), seed).SerializeToString()
        except Exception:
            damaged = data
    if damaged == data:
        damaged = mutate(data, seed) if choose.random() < 0.5 else atheris.Mutate(data, max_size)
    return damaged[:max_size]


def go_on(arguments: list[str]) -> int:
    """Rounds until one ends otherwise than well; its status."""
    while True:
        try:
            ended = subprocess.run([sys.executable, __file__, *arguments, f"-runs={ROUND}"], check=False)
        except KeyboardInterrupt:
            return 130
        if ended.returncode:
            return ended.returncode


def main() -> None:
    endless = not any(argument.startswith("-runs=") for argument in sys.argv[1:])
    if endless and any(Path(argument).is_dir() for argument in sys.argv[1:]):
        sys.exit(go_on(sys.argv[1:]))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        with atheris.instrument_imports(include=["arenite"]):
            # Modules that are imported when they are needed first.
            for data in seeds().values():
                try_model(data, place)
        arguments = [sys.argv[0], f"-max_len={MAX_BYTES}", *sys.argv[1:]]
        atheris.Setup(arguments, lambda data: try_model(data, place), custom_mutator=mutate_model)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
