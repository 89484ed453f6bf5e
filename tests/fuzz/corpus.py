"""What fuzzing begins with: the project's small models of both formats.

    python tests/fuzz/corpus.py FOLDER

writes them into a folder, from which ``fuzz_models.py`` goes on.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    # In place of this script's own directory, whose modules would hide the tests' packages.
    sys.path[0] = str(TESTS)

from models import odd  # noqa: E402
from models.fuzz_target import fuzz_target  # noqa: E402
from models.recurrent import lstm, svdf  # noqa: E402
from models.stateful import streamed  # noqa: E402
from onnx_networks import float_network, integer_boundary, quantised_network, reshaped_first  # noqa: E402
from onnx_targets import TARGETS  # noqa: E402


def seeds() -> dict[str, bytes]:
    """Name of a file -> its bytes. All of them are well-formed."""
    tflite = {path.stem: path.read_bytes() for path in sorted((TESTS / "models").glob("*.tflite"))}
    tflite |= {name: make() for name, make in odd.ODD.items()}
    tflite |= {
        "fuzz_target": fuzz_target(),
        "svdf": svdf(state_type="int8"),
        "svdf_16": svdf(),
        "lstm": lstm(),
        "lstm_16": lstm(dtype="int16", zero_points=(0, 0), states_shown=True),
        "streamed": streamed(layers=2),
    }
    onnx = {name: make() for name, make in TARGETS.items()}
    onnx |= {
        "float_network": float_network(),
        "quantised_network": quantised_network(),
        "reshaped_first": reshaped_first(),
        "integer_boundary": integer_boundary("uint8"),
    }
    files = {f"{name}.tflite": data for name, data in tflite.items()}
    return files | {f"{name}.onnx": model.SerializeToString() for name, model in onnx.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in seeds().items():
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
