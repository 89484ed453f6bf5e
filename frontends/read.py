"""Model file -> Model, whatever its format."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

from arenite.errors import AreniteError, ModelError
from arenite.frontends.model import Model

_TFLITE_IDENTIFIER = b"TFL3"


def file_format(path: str | Path) -> Literal["tflite", "onnx"]:
    """What to read a file as. TensorFlow Lite files say what they are; ONNX files do not, there the suffix decides.

    Never raises: a file that is neither, or cannot be read, is told to be one by its reader's error.
    """
    start = b""
    with suppress(OSError, ValueError):
        if Path(path).is_file():  # opening a pipe would wait for its writer
            with Path(path).open("rb") as file:
                start = file.read(8)
    onnx = Path(path).suffix.lower() == ".onnx" and start[4:8] != _TFLITE_IDENTIFIER
    return "onnx" if onnx else "tflite"


def read_model(path: str | Path, shapes: Mapping[str, tuple[int, ...]] | None = None) -> Model:
    """The Model of a .tflite or .onnx file.

    Args:
        shapes: shapes of the model's inputs by name, for ONNX files that leave extents open.

    Raises:
        ModelError: the file is damaged, or of neither kind.
        UnsupportedError: it cannot be planned.
    """
    if file_format(path) == "onnx":
        from arenite.frontends.onnx.read import read_onnx

        found = read_onnx(Path(path), shapes)
        if not found.outputs:
            raise ModelError("has no outputs", file=str(path), remedy="export a model that computes something")
        return found
    from arenite.frontends.tflite import read_tflite

    model = read_tflite(path)
    if shapes:
        raise AreniteError(
            "its inputs have fixed shapes; --shape is for ONNX files", file=str(path), remedy="leave out --shape"
        )
    return model
