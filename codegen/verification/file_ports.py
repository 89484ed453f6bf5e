"""What a comparison needs to know about the inputs and outputs of a model file, TensorFlow Lite or ONNX."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from arenite.codegen.verification.comparison import EXACT, Tolerance
from arenite.codegen.verification.index_limits import index_limits
from arenite.frontends.aliases import alias_sources
from arenite.frontends.model import Model, Quantisation
from arenite.frontends.read import file_format, read_model

FLOAT = Tolerance(relative=1e-5)
"""For what is computed in float32, in another order of additions than the oracle's."""
ONE_STEP = Tolerance(absolute=1.0)
MOVING = frozenset((
    "DEQUANTIZE", "RESHAPE", "SQUEEZE", "EXPAND_DIMS", "TRANSPOSE", "CONCATENATION", "PAD", "PADV2", "SLICE",
    "STRIDED_SLICE", "SPLIT", "PACK", "UNPACK", "GATHER", "GATHER_ND", "EMBEDDING_LOOKUP", "MAX_POOL_2D",
    "SPACE_TO_DEPTH", "DEPTH_TO_SPACE", "SPACE_TO_BATCH_ND", "BATCH_TO_SPACE_ND", "MIRROR_PAD", "TILE", "BROADCAST_TO",
    "REVERSE_V2", "FILL", "DYNAMIC_UPDATE_SLICE",
))  # fmt: skip
"""TFLite operators whose float results have the bits of what they read, or one rounding that all agree on."""


@dataclass(frozen=True)
class FilePort:
    """``quantiser``: what the quantisation that reads this input makes of it, parameters and integer type.

    ``whole``: a float input that only ever holds whole steps. ``below``: integers of this input are counts or indices,
    0 <= value < below. ``tolerance``: of an output, in the type that it has in the file.
    """

    dtype: str
    quantiser: tuple[Quantisation, str] | None = None
    whole: bool = False
    below: int | None = None
    tolerance: Tolerance = EXACT


@dataclass(frozen=True)
class FilePorts:
    inputs: tuple[FilePort, ...]
    outputs: tuple[FilePort, ...]


def file_ports(path: Path, *, ir: Literal["relax", "relay"] = "relax") -> FilePorts:
    """The ports of a .tflite or .onnx file. Raises ModelError for a damaged one.

    ``ir``: which lane compiled it. Both are held to TensorFlow Lite's bits; in ONNX models integers may be one step off
    in the Relax lane, and not at all in the other, where they are what TVM's own operators compute.
    """
    if file_format(path) == "onnx":
        from arenite.codegen.verification.onnx_ports import onnx_ports

        return onnx_ports(path, ir=ir)
    model = read_model(path)
    inexact = _inexact(model)

    def output(index: int) -> FilePort:
        dtype = model.tensors[index].dtype
        tolerance = EXACT if index not in inexact else FLOAT if dtype == "float32" else ONE_STEP
        return FilePort(dtype, tolerance=tolerance)

    return FilePorts(
        tuple(_input(model, index) for index in model.inputs),
        tuple(output(index) for index in model.outputs),
    )


def _input(model: Model, index: int) -> FilePort:
    limits = index_limits(model, index)
    return FilePort(model.tensors[index].dtype, _quantiser(model, index), below=min(limits, default=None))


def _quantiser(model: Model, index: int) -> tuple[Quantisation, str] | None:
    """Of the first QUANTIZE that reads a tensor or what is the same bytes."""
    same = {index}
    aliases = alias_sources(model)
    for operator in model.operators:
        if operator.kind == "QUANTIZE" and operator.inputs[0] in same:
            result = model.tensors[operator.outputs[0]]
            if result.quantisation is not None:
                return result.quantisation, result.dtype
        same.update(result for result in operator.outputs if aliases.get(result) in same)
    return None


def _inexact(model: Model) -> set[int]:
    """Tensors that depend on arithmetic in float32, which is not associative."""
    found: set[int] = set()
    for operator in model.operators:
        computes = operator.kind not in MOVING and any(
            model.tensors[index].dtype == "float32" for index in operator.outputs
        )
        if computes or found.intersection(operator.inputs):
            found.update(operator.outputs)
    return found
