"""Models of ONNX nodes without a converter, what ONNX Runtime makes of them, and the generated C as a function."""

from __future__ import annotations

import ctypes
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnx import AttributeProto, ModelProto, helper, numpy_helper

from arenite.codegen.driver import compile_program
from arenite.codegen.emit import emit, library_prefix
from arenite.codegen.program import Program
from arenite.frontends.model import Model, Operator, Tensor
from arenite.frontends.onnx.graph import Node

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class NodeCase:
    """One node. ``inputs`` are arrays: sample values of activations, or with their place in ``constants`` constants;
    None stands for an input that is left out. ``outputs``: how many, "" for those left out."""

    kind: str
    inputs: Sequence[Array | None]
    attributes: dict[str, Any] = field(default_factory=dict)
    constants: Sequence[int] = ()
    outputs: Sequence[str] = ("y",)
    opset: int = 17
    name: str = ""

    @property
    def names(self) -> list[str]:
        return [f"x{place}" if array is not None else "" for place, array in enumerate(self.inputs)]

    def onnx(self) -> ModelProto:
        domain, _, kind = self.kind.rpartition(":")
        node = helper.make_node(kind, self.names, list(self.outputs), domain=domain, **self.attributes)
        present = [(place, array) for place, array in enumerate(self.inputs) if array is not None]
        graph = helper.make_graph(
            [node],
            "node",
            [
                helper.make_tensor_value_info(f"x{place}", helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
                for place, array in present
                if place not in self.constants
            ],
            [helper.make_empty_tensor_value_info(name) for name in self.outputs if name],
            [numpy_helper.from_array(array, f"x{place}") for place, array in present if place in self.constants],
        )
        opsets = [helper.make_opsetid("", self.opset), *([helper.make_opsetid(domain, 1)] if domain else [])]
        return helper.make_model(graph, opset_imports=opsets, ir_version=8)

    def reference(self) -> list[Array]:
        session = onnxruntime.InferenceSession(self.onnx().SerializeToString(), providers=["CPUExecutionProvider"])
        feed = {
            f"x{place}": array
            for place, array in enumerate(self.inputs)
            if array is not None and place not in self.constants
        }
        return [np.asarray(value) for value in session.run(None, feed)]

    def node(self) -> Node:
        attributes: dict[str, AttributeProto] = {
            name: helper.make_attribute(name, value) for name, value in self.attributes.items()
        }
        return Node(self.kind, tuple(self.names), tuple(self.outputs), attributes, (0,))


def model_of(cases: Sequence[NodeCase], references: Sequence[Sequence[Array]]) -> tuple[Model, list[Array]]:
    """A Model with one operator per case, side by side, and the values of its inputs."""
    tensors: list[Tensor] = []
    operators: list[Operator] = []
    inputs: list[int] = []
    values: list[Array] = []
    outputs: list[int] = []

    def add(name: str, array: Array, *, constant: bool) -> int:
        data = array if constant else None
        tensors.append(Tensor(len(tensors), name, tuple(array.shape), str(array.dtype), data=data, constant=constant))
        return len(tensors) - 1

    for number, (case, reference) in enumerate(zip(cases, references, strict=True)):
        read = []
        for place, array in enumerate(case.inputs):
            if array is None:
                read.append(-1)
                continue
            read.append(add(f"c{number}_x{place}", array, constant=place in case.constants))
            if place not in case.constants:
                inputs.append(read[-1])
                values.append(array)
        written = [add(f"c{number}_y{place}", array, constant=False) for place, array in enumerate(reference)]
        outputs += written
        attributes = {"node": case.node(), "opset": case.opset}
        operators.append(Operator(number, f"ONNX:{case.kind}", tuple(read), tuple(written), attributes))
    model = Model("nodes.onnx", "nodes", tuple(tensors), tuple(operators), tuple(inputs), tuple(outputs))
    return model, values


FLAGS = ["-std=c99", "-O1", "-ffp-contract=off", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-shared", "-fPIC"]


def run_c(
    program: Program, values: Sequence[Array], directory: Path, flags: Sequence[str] = FLAGS, compiler: str = "cc"
) -> list[Array]:
    """Outputs of the generated library, built as a shared one with warnings as errors, on one sample."""
    files = emit(program)
    for name, text in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text, encoding="utf-8")
    sources = [str(directory / name) for name in files if name.endswith(".c")]
    library = directory / "library.so"
    command = [compiler, *flags, f"-I{directory}/codegen/host/include", "-o", str(library), *sources, "-lm"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    memory = np.full(program.arena_bytes + program.alignment, 0x5A, np.uint8)
    start = -memory.ctypes.data % program.alignment
    arena = memory[start:]
    for port, value in zip(program.inputs, values, strict=True):
        bytes_ = np.ascontiguousarray(value).reshape(-1).view(np.uint8)
        arena[port.place.offset : port.place.offset + port.place.bytes] = bytes_
    pools = (ctypes.c_void_p * 1)(arena.ctypes.data)
    function = getattr(ctypes.CDLL(str(library)), f"{library_prefix(program.name)}_run")
    assert function(ctypes.byref(pools)) == 0
    return [
        arena[place.offset : place.offset + place.bytes].copy().view(place.dtype).reshape(place.shape)
        for place in (port.place for port in program.outputs)
    ]


def run_case(
    case: NodeCase, directory: Path, flags: Sequence[str] = FLAGS, compiler: str = "cc"
) -> tuple[list[Array], list[Array], Program]:
    """(results of the generated C, results of ONNX Runtime, program)."""
    expected = case.reference()
    model, values = model_of([case], [expected])
    program, _ = compile_program(model, timeout=1.0)
    return run_c(program, values, directory, flags, compiler), expected, program


def assert_close(result: Array, expected: Array, name: str) -> None:
    """Integers equal; of floats the same infinities and NaNs, and 1e-5 of the largest value off at most."""
    assert (result.dtype, result.shape) == (expected.dtype, expected.shape), name
    if expected.dtype.kind != "f":
        np.testing.assert_array_equal(result, expected, err_msg=name)
        return
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(result[~finite], expected[~finite], err_msg=name)
    largest = np.abs(expected[finite]).max(initial=0)
    np.testing.assert_allclose(result[finite], expected[finite], rtol=0, atol=1e-5 * largest, err_msg=name)
