"""What a generated project says about itself: the key ``arenite`` of its ``metadata.json``."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.errors import AreniteError
from arenite.frontends.model import FileLayout

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class TensorDescription:
    """An input or output of the run function; ``scale`` is None for a tensor that is not quantised.

    ``layout``: how the model file has it, where its axes stand in another order there. In this, "the file's array" is
    of the type of the run function's tensor and of the shape and order of the model file's.
    """

    name: str
    c_name: str
    dtype: str
    shape: tuple[int, ...]
    bytes: int
    scale: float | None = None
    zero_point: int | None = None
    layout: FileLayout | None = None

    @property
    def file_shape(self) -> tuple[int, ...]:
        return self.layout.shape if self.layout else self.shape

    def from_file(self, array: Array) -> Array:
        """The file's array -> what the run function takes."""
        return array.transpose(self.layout.axes) if self.layout else array

    def to_file(self, array: Array) -> Array:
        """What the run function takes or gives -> the file's array."""
        return array.transpose([self.layout.axes.index(i) for i in range(array.ndim)]) if self.layout else array


def layout_entry(layout: FileLayout | None) -> dict[str, Any]:
    """The keys of a port in JSON that say how the model file has it; none where it has it in the same order."""
    return {"file_shape": list(layout.shape), "file_axes": list(layout.axes)} if layout else {}


def read_layout(entry: Mapping[str, Any]) -> FileLayout | None:
    """The other way round. Raises ValueError where the keys contradict the key ``shape``."""
    if "file_shape" not in entry:
        return None
    shape, axes, own = (tuple(int(value) for value in entry[key]) for key in ("file_shape", "file_axes", "shape"))
    if sorted(axes) != list(range(len(shape))) or tuple(shape[axis] for axis in axes) != own:
        raise ValueError(f"{list(shape)} with its axes in the order {list(axes)} is not {list(own)}")
    return FileLayout(shape, axes)


@dataclass(frozen=True)
class StepOutput:
    """A tensor as a step leaves it in the arena, ``offset`` bytes from its base; None in the caller's memory. Of a step
    that computes rows, these are bytes of the tensor from its byte ``at`` on."""

    source_tensor: int | None
    offset: int | None
    bytes: int
    dtype: str
    shape: tuple[int, ...]
    at: int = 0


@dataclass(frozen=True)
class StepDescription:
    name: str
    outputs: tuple[StepOutput, ...]


@dataclass(frozen=True)
class ProjectDescription:
    """``ir``: relax, or relay for the C that TVM printed, of whose ``steps`` nothing is known. ``regions``: what is
    used of each memory region, as ``arenite plan --json`` has it; empty for one arena. ``optimise``: what its kernels
    were chosen for. ``state_bytes``: in memory of their own."""

    name: str
    ir: str
    cpu: str
    granularity: str
    arena_bytes: int
    lower_bound_bytes: int
    optimal: bool
    inputs: tuple[TensorDescription, ...]
    outputs: tuple[TensorDescription, ...]
    steps: tuple[StepDescription, ...]
    regions: tuple[Mapping[str, Any], ...] = ()
    optimise: str = "speed"
    state_bytes: int = 0


def _tensor(entry: Mapping[str, Any]) -> TensorDescription:
    scale, zero_point = entry.get("scale"), entry.get("zero_point")
    tensor = TensorDescription(
        name=str(entry["name"]),
        c_name=str(entry["c_name"]),
        dtype=str(entry["dtype"]),
        shape=tuple(int(extent) for extent in entry["shape"]),
        bytes=int(entry["bytes"]),
        scale=None if scale is None else float(scale),
        zero_point=None if zero_point is None else int(zero_point),
        layout=read_layout(entry),
    )
    if math.prod(tensor.shape) * np.dtype(tensor.dtype).itemsize != tensor.bytes:
        raise ValueError(f"{tensor.name}: {tensor.bytes} bytes do not fit its shape")
    return tensor


def _step(entry: Mapping[str, Any]) -> StepDescription:
    outputs = tuple(
        StepOutput(
            source_tensor=None if output["source_tensor"] is None else int(output["source_tensor"]),
            offset=None if output["offset"] is None else int(output["offset"]),
            bytes=int(output["bytes"]),
            dtype=str(output["dtype"]),
            shape=tuple(int(extent) for extent in output["shape"]),
            at=int(output.get("at", 0)),
        )
        for output in entry["outputs"]
    )
    return StepDescription(str(entry["name"]), outputs)


def read_description(project: Path) -> ProjectDescription:
    """Reads ``project/metadata.json``.

    Raises:
        AreniteError: it is missing or was not written by arenite.
    """
    file = project / "metadata.json"
    try:
        entry = json.loads(file.read_text(encoding="utf-8"))["arenite"]
        return ProjectDescription(
            name=str(entry["name"]),
            ir=str(entry.get("ir", "relax")),
            cpu=str(entry["cpu"]),
            granularity=str(entry["granularity"]),
            arena_bytes=int(entry["arena_bytes"]),
            lower_bound_bytes=int(entry["lower_bound_bytes"]),
            optimal=bool(entry["optimal"]),
            inputs=tuple(_tensor(tensor) for tensor in entry["inputs"]),
            outputs=tuple(_tensor(tensor) for tensor in entry["outputs"]),
            steps=tuple(_step(step) for step in entry["steps"]),
            regions=tuple(dict(region) for region in entry.get("regions", ())),
            optimise=str(entry.get("optimise", "speed")),
            state_bytes=int(entry.get("state_bytes", 0)),
        )
    except OSError as error:
        raise AreniteError(
            f"cannot be read ({error.strerror})",
            file=str(file),
            remedy="name a directory that `arenite compile` has written",
        ) from error
    except (KeyError, TypeError, ValueError) as error:
        raise AreniteError(
            f"does not describe a project of arenite ({type(error).__name__}: {error})",
            file=str(file),
            remedy="write it again with `arenite compile`",
        ) from error
