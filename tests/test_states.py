"""Models with state from the file to the running program: sequences of inferences, against TFLite's."""

from __future__ import annotations

from pathlib import Path

import pytest
from models import stateful

from arenite.codegen.driver import compile_model
from arenite.codegen.verify import VerifyResult, verify_project


def verified(data: bytes, folder: Path, samples: int = 5, **options: object) -> VerifyResult:
    """What ``verify_project`` says of a model, on this machine and under the sanitisers."""
    pytest.importorskip("ai_edge_litert", reason="the oracle needs ai-edge-litert")
    model = folder / "model.tflite"
    model.write_bytes(data)
    compile_model(model, folder / "project", cpu="host", **options)  # type: ignore[arg-type]
    return verify_project(folder / "project", model, samples, 0, "host", sanitise=True)


@pytest.mark.parametrize(
    ("data", "state_bytes"),
    [
        (stateful.accumulator(), 12),
        (stateful.swapped(), 12),
        (stateful.input_kept(), 5),
        (stateful.input_kept("float32"), 20),
    ],
    ids=["accumulator", "swapped", "input kept", "float input kept"],
)
def test_sequences_of_inferences(data: bytes, state_bytes: int, tmp_path: Path) -> None:
    found = verified(data, tmp_path)
    assert (found.mismatches, found.state_bytes) == (0, state_bytes)
    assert found.values > 0
