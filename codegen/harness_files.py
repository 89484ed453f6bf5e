"""The files that a project's harness reads and writes in the directory that it runs in."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from arenite.codegen.description import Array, ProjectDescription, TensorDescription
from arenite.errors import AreniteError, ToolError

TRACE_HEADER = struct.Struct("=4i")


@dataclass(frozen=True, eq=False)
class TraceRecord:
    """One output of one step, as it was in the arena right after the step."""

    sample: int
    step: int
    output: int
    data: bytes


def pack_inputs(description: ProjectDescription, samples: Sequence[Sequence[Array]]) -> bytes:
    """``input.bin``: the inputs of one sample after another. Raises AreniteError for what is no input of the model."""
    parts = []
    for index, sample in enumerate(samples):
        if len(sample) != len(description.inputs):
            raise AreniteError(f"sample {index} has {len(sample)} inputs, the model {len(description.inputs)}")
        for tensor, value in zip(description.inputs, sample, strict=True):
            if value.dtype != np.dtype(tensor.dtype) or value.shape != tensor.shape:
                raise AreniteError(
                    f"sample {index}: {tensor.name} is {value.dtype}{list(value.shape)}, "
                    f"the model takes {tensor.dtype}{list(tensor.shape)}"
                )
            parts.append(np.ascontiguousarray(value).tobytes())
    return b"".join(parts)


def unpack_outputs(tensors: Sequence[TensorDescription], data: bytes, samples: int) -> list[list[Array]]:
    """``output.bin``, as ``outputs[sample][i]``. Raises ToolError if it has another length."""
    size = sum(tensor.bytes for tensor in tensors)
    if len(data) != size * samples:
        raise ToolError(f"the harness wrote {len(data)} bytes of outputs, not {size * samples}")
    outputs: list[list[Array]] = []
    at = 0
    for _ in range(samples):
        outputs.append([])
        for tensor in tensors:
            value = np.frombuffer(data[at : at + tensor.bytes], np.dtype(tensor.dtype))
            outputs[-1].append(value.reshape(tensor.shape).copy())
            at += tensor.bytes
    return outputs


def read_trace(data: bytes) -> tuple[TraceRecord, ...]:
    """``trace.bin``."""
    records = []
    at = 0
    while at < len(data):
        sample, step, output, size = TRACE_HEADER.unpack_from(data, at)
        at += TRACE_HEADER.size
        records.append(TraceRecord(sample, step, output, data[at : at + size]))
        at += size
    return tuple(records)


def failure(name: str, values: dict[str, str]) -> str:
    """What the harness reports as wrong, in words. ``values``: of ``result.txt``."""
    sample, detail = values.get("sample"), values.get("detail")
    return {
        "run": f"tvmgen_{name}_run returned {detail} on sample {sample}",
        "guard": f"a byte outside the arena was written on sample {sample}, {detail} bytes from the arena's start",
        "canaries": f"step {detail} wrote to bytes of the arena that are not its own, on sample {sample}",
        "state_guard": f"a byte outside the state was written on sample {sample}, {detail} bytes from its start",
        "reset": f"tvmgen_{name}_reset_state returned {detail} before sample {sample}",
        "written": f"an input was written to on sample {sample}",
        "stack": f"the stack overflowed on sample {sample}",
        "input": f"sample {sample} cannot be handed over (status {detail})",
        "output": f"the outputs of sample {sample} cannot be read (status {detail})",
        "files": "the harness cannot open its files",
    }.get(values["error"], f"the harness failed: {values['error']}")


def read_result(file: Path) -> dict[str, str]:
    """``result.txt``, of lines ``key=value``; nothing if the program did not come as far as writing it."""
    if not file.exists():
        return {}
    pairs = (line.partition("=") for line in file.read_text(encoding="utf-8", errors="replace").splitlines())
    return {key: value for key, separator, value in pairs if separator}
