"""What a project is run on and what it returns, as .npy files."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from arenite.codegen.description import Array, ProjectDescription, TensorDescription
from arenite.errors import AreniteError


def read_inputs(description: ProjectDescription, files: Sequence[Path]) -> list[Array]:
    """One array for each input of a project, as its run function takes it; zeros without files.

    Raises:
        AreniteError: a file cannot be read, or holds another shape or type than its input.
    """
    if not files:
        return [np.zeros(port.shape, port.dtype) for port in description.inputs]
    if len(files) != len(description.inputs):
        raise AreniteError(
            f"{len(files)} input files for a model with {len(description.inputs)} inputs",
            remedy=f"give one --input for each of {', '.join(port.name for port in description.inputs)}",
        )
    arrays = []
    for port, file in zip(description.inputs, files, strict=True):
        try:
            array = np.load(file, allow_pickle=False)
        except (OSError, ValueError, EOFError) as cause:
            raise AreniteError(
                "cannot be read as a .npy file", file=str(file), remedy="write it with numpy.save"
            ) from cause
        fitting = _as_interface(port, array) if isinstance(array, np.ndarray) else None
        if fitting is None:
            found = f"{array.dtype}{list(array.shape)}" if isinstance(array, np.ndarray) else "an archive"
            shapes = dict.fromkeys(str(list(shape)) for shape in (port.file_shape, port.shape))
            raise AreniteError(
                f"holds {found}, input {port.name} is {port.dtype}{' or '.join(shapes)}",
                file=str(file),
                remedy="convert it with numpy",
            )
        arrays.append(fitting)
    return arrays


def _as_interface(port: TensorDescription, array: Array) -> Array | None:
    """An array of a user as the run function takes it; None if it does not fit. Axes of extent 1 do not matter, nor
    does the shape at all where file and C interface agree."""
    if array.dtype != np.dtype(port.dtype) or array.size != math.prod(port.shape):
        return None
    extents = _extents(array.shape)
    if port.layout is None or extents == _extents(port.layout.shape):
        return port.from_file(array.reshape(port.file_shape))
    return array.reshape(port.shape) if extents == _extents(port.shape) else None


def _extents(shape: Sequence[int]) -> list[int]:
    return [extent for extent in shape if extent != 1]


def write_array(file: Path, array: Array) -> str:
    """The path of what was written; raises AreniteError if it cannot be."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        np.save(file, array)
    except OSError as cause:
        raise AreniteError(f"cannot be written: {cause.strerror}", file=str(file), remedy="check the path") from cause
    return str(file)
