"""Results written over operands, from the model to the calls of the kernels."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_harness import run_model

from arenite.codegen.driver import compile_program
from arenite.codegen.host import load_host_library
from arenite.codegen.program import Program
from arenite.frontends.model import Model, Operator, Quantisation, Tensor
from arenite.frontends.read import read_model
from arenite.frontends.to_graph import to_graph
from arenite.frontends.to_relax import to_relax
from arenite.graph import ArenaPlan
from arenite.planner import plan_graph
from arenite.tvm_compat import relax, tvm

Array = npt.NDArray[Any]

SHAPES = ((24,), (4, 6), (2, 3, 4))
SMALL = (1, 6)


class Net:
    """A model that grows by an operator per call; tensors are named by their numbers."""

    def __init__(self, dtype: str = "int8", seed: int = 0) -> None:
        self.dtype = dtype
        self.generator = np.random.default_rng(seed)
        self.tensors: list[Tensor] = []
        self.operators: list[Operator] = []
        self.inputs: list[int] = []

    def tensor(self, shape: Sequence[int], dtype: str | None = None) -> int:
        dtype = dtype or self.dtype
        scale = 1 / 256 if len(self.tensors) % 2 else 0.05
        quantisation = Quantisation((scale,), (-128,)) if dtype == "int8" else None
        self.tensors.append(Tensor(len(self.tensors), f"t{len(self.tensors)}", tuple(shape), dtype, quantisation))
        return len(self.tensors) - 1

    def input(self, shape: Sequence[int], dtype: str | None = None) -> int:
        self.inputs.append(self.tensor(shape, dtype))
        return self.inputs[-1]

    def operator(self, kind: str, reads: Sequence[int], shape: Sequence[int], **attributes: object) -> int:
        result = self.tensor(shape)
        self.operators.append(Operator(len(self.operators), kind, tuple(reads), (result,), attributes))
        return result

    def one(self, x: int) -> int:
        """An element-wise function of one tensor."""
        shape = self.tensors[x].shape
        if self.dtype == "float32":
            function = str(self.generator.choice(["tanh", "relu", "square", "abs"]))
            return self.operator("UNARY", [x], shape, function=function)
        return self.operator("LOOKUP", [x], shape, table=self.generator.integers(-128, 128, 256, np.int8))

    def two(self, kind: str, x: int, y: int) -> int:
        shape = np.broadcast_shapes(self.tensors[x].shape, self.tensors[y].shape)
        return self.operator(kind, [x, y], shape, fused_activation_function="NONE")

    def reshape(self, x: int, shape: Sequence[int]) -> int:
        return self.operator("RESHAPE", [x], shape)

    def model(self, *outputs: int) -> Model:
        return Model("m", "m", tuple(self.tensors), tuple(self.operators), tuple(self.inputs), outputs)

    def values(self) -> list[Array]:
        return [self._values(self.tensors[index]) for index in self.inputs]

    def _values(self, tensor: Tensor) -> Array:
        if tensor.dtype == "float32":
            return self.generator.normal(0, 2, tensor.shape).astype(np.float32)
        return self.generator.integers(-128, 128, tensor.shape, np.int8)


def random_net(dtype: str, seed: int) -> tuple[Net, Model]:
    """Element-wise operators and reshapes in any order, some tensors read often, some outputs that are read as well."""
    net = Net(dtype, seed)
    choose = net.generator
    small = net.input(SMALL)
    tensors = [net.input(SHAPES[1])]
    if dtype == "int8" and choose.random() < 0.5:
        tensors.append(net.operator("QUANTIZE", [net.input(SHAPES[1], "float32")], SHAPES[1]))
    for _ in range(int(choose.integers(1, 12))):
        # Young tensors more often, so that old ones die.
        x, y = (tensors[-1 - min(int(choose.geometric(0.5)), len(tensors)) + 1] for _ in range(2))
        action = int(choose.integers(0, 6))
        if action < 2:
            tensors.append(net.one(x))
        elif action == 2:
            tensors.append(net.reshape(x, SHAPES[int(choose.integers(0, 3))]))
        elif action == 3 and dtype == "float32":
            tensors.append(net.operator("SOFTMAX", [x], net.tensors[x].shape, beta=1.0))
        elif action == 4 and net.tensors[x].shape == SHAPES[1]:
            tensors.append(net.two("MUL", *((x, small) if choose.random() < 0.5 else (small, x))))
        else:
            if net.tensors[x].shape != net.tensors[y].shape:
                y = net.reshape(y, net.tensors[x].shape)
            tensors.append(net.two(str(choose.choice(["ADD", "MUL"])), x, y))
    read = {index for operator in net.operators for index in operator.inputs}
    written = [operator.outputs[0] for operator in net.operators]
    outputs = [index for index in written if index not in read or choose.random() < 0.15]
    return net, net.model(*outputs)


def planned(model: Model) -> ArenaPlan:
    return plan_graph(to_graph(model))


def execute(program: Program, values: Sequence[Array]) -> list[Array]:
    """The outputs of the program's calls, made one by one on an arena."""
    arena = np.full(program.arena_bytes + 64, 0x5A, np.uint8)
    base = arena.ctypes.data + -arena.ctypes.data % 64
    memory = arena[base - arena.ctypes.data :]
    for port, value in zip(program.inputs, values, strict=True):
        memory[port.place.offset : port.place.offset + port.place.bytes] = value.reshape(-1).view(np.uint8)
    constants = {constant.c_name: np.ascontiguousarray(constant.values) for constant in program.constants}
    for call in (call for step in program.steps for call in step.calls):
        pointers = [
            ctypes.c_void_p(base + argument.place.offset)
            if argument.place is not None
            else ctypes.c_void_p(constants[str(argument.constant)].ctypes.data)
            for argument in call.arguments
        ]
        function = getattr(load_host_library(), call.function)
        function.restype = None
        function(*pointers)
    return [
        memory[place.offset : place.offset + place.bytes].copy().view(place.dtype).reshape(place.shape)
        for place in (port.place for port in program.outputs)
    ]


@settings(max_examples=40, deadline=None)
@given(dtype=st.sampled_from(["int8", "float32"]), seed=st.integers(0, 1 << 32))
def test_random_networks_compute_the_same_in_place(dtype: str, seed: int) -> None:
    """Against every operator with memory of its own; and the plan without TVM is that of the compiled program."""
    net, model = random_net(dtype, seed)
    values = net.values()
    expected = run_model(model, values)
    program, _ = compile_program(model)
    for index, found in zip(model.outputs, execute(program, values), strict=True):
        np.testing.assert_array_equal(found, expected[index], err_msg=f"tensor {index}")
    plan = planned(model)
    assert (plan.arena_bytes, plan.lower_bound_bytes) == (program.arena_bytes, program.lower_bound_bytes)


def arenas(model: Model) -> tuple[int, int]:
    """Without and with TVM."""
    return planned(model).arena_bytes, compile_program(model)[0].arena_bytes


def chain() -> Model:
    """Four operators and a reshape, one after another."""
    net = Net()
    x = net.one(net.input((4, 64)))
    x = net.reshape(net.one(x), (16, 16))
    return net.model(net.one(net.one(x)))


def test_a_chain_lies_in_the_place_of_its_input() -> None:
    assert arenas(chain()) == (256, 256)


def test_the_virtual_machine_computes_in_place() -> None:
    net = Net(seed=3)
    x = net.input((4, 64))
    model = net.model(net.two("ADD", net.one(net.one(x)), net.one(x)))
    (value,) = net.values()
    executable = tvm.compile(to_relax(model), "llvm", relax_pipeline="arenite")
    machine = relax.VirtualMachine(executable, tvm.cpu())
    given_ = tvm.runtime.tensor(value)
    np.testing.assert_array_equal(machine["main"](given_).numpy(), run_model(model, [value])[model.outputs[0]])
    np.testing.assert_array_equal(given_.numpy(), value)


def test_an_operand_that_is_read_again_is_kept() -> None:
    net = Net()
    x = net.input((4, 64))
    assert arenas(net.model(net.two("ADD", net.one(x), x))) == (512, 512)


def test_an_operand_that_is_read_again_under_another_shape_is_kept() -> None:
    net = Net()
    x = net.one(net.input((4, 64)))
    assert arenas(net.model(net.one(x), net.one(net.reshape(x, (256,))))) == (512, 512)


def test_an_output_is_kept_though_nobody_reads_it_again() -> None:
    net = Net()
    x = net.one(net.input((4, 64)))
    assert arenas(net.model(x, net.one(x))) == (512, 512)


def test_an_output_under_another_shape_is_kept() -> None:
    net = Net()
    x = net.one(net.input((4, 64)))
    assert arenas(net.model(net.reshape(x, (256,)), net.one(x))) == (512, 512)


@pytest.mark.parametrize("first", [False, True])
def test_an_operand_that_is_broadcast_is_kept(first: bool) -> None:
    net = Net()
    large, small = net.input((4, 64)), net.input((1, 64))
    model = net.model(net.two("ADD", *((small, large) if first else (large, small))))
    assert arenas(model) == (256 + 64, 256 + 64)
    (pair,) = to_graph(model).steps[0].in_place
    assert to_graph(model).buffers[pair[0]].bytes == 256


def test_a_tensor_read_twice_by_one_operator() -> None:
    net = Net()
    x = net.input((4, 64))
    model = net.model(net.two("MUL", x, x))
    assert arenas(model) == (256, 256)
    (value,) = net.values()
    (found,) = execute(compile_program(model)[0], [value])
    np.testing.assert_array_equal(found, run_model(model, [value])[model.outputs[0]])


def test_integers_in_the_place_of_their_floats() -> None:
    net = Net()
    x = net.input((4, 64), "float32")
    model = net.model(net.one(net.operator("QUANTIZE", [x], (4, 64))))
    assert arenas(model) == (1024, 1024)
    net = Net("float32")
    x = net.input((4, 64), "int8")
    assert arenas(net.model(net.operator("DEQUANTIZE", [x], (4, 64)))) == (1280, 1280)


def test_operators_that_are_not_compiled_go_by_their_kind() -> None:
    tensors = tuple(
        Tensor(index, f"t{index}", shape, "int16") for index, shape in enumerate([(8, 8), (8, 8), (8, 1), (8, 8)])
    )
    kinds = {"ADD": {0, 1}, "DIV": {0, 1}, "PRELU": {0}, "HARD_SWISH": {0}, "GATHER": set(), "CUMSUM": set()}
    for kind, over in kinds.items():
        operator = Operator(0, kind, (0, 1, 2), (3,), {})
        graph = to_graph(Model("m", "m", tensors, (operator,), (0, 1, 2), (3,)))
        assert graph.steps[0].in_place == tuple((index, 3) for index in sorted(over)), kind
    narrow = (*tensors[:3], Tensor(3, "t3", (8, 8), "int8"))
    operator = Operator(0, "QUANTIZE", (0,), (3,), {})
    assert to_graph(Model("m", "m", narrow, (operator,), (0, 1, 2), (3,))).steps[0].in_place == ()


def test_loops_of_tvm_have_memory_of_their_own() -> None:
    """Nobody knows in which order they read and write."""
    net = Net("float32")
    model = net.model(net.operator("TRANSPOSE", [net.one(net.input((8, 8)))], (8, 8)))
    permutation = Tensor(len(model.tensors), "p", (2,), "int32", data=np.array([1, 0], np.int32), constant=True)
    transpose = Operator(1, "TRANSPOSE", (*model.operators[1].inputs, permutation.index), model.outputs, {})
    model = Model("m", "m", (*model.tensors, permutation), (model.operators[0], transpose), model.inputs, model.outputs)
    assert [len(step.in_place) for step in to_graph(model).steps] == [1, 0]
    assert arenas(model) == (512, 512)


def test_the_generated_code_says_so() -> None:
    from arenite.codegen.emit import emit

    net = Net()
    x = net.input((4, 64))
    y = net.one(x)
    program, _ = compile_program(net.model(net.two("ADD", x, y)))
    (text,) = [text for name, text in emit(program).items() if name.endswith("tvmgen_m.c")]
    assert "/* 0: LOOKUP #0 */" in text
    assert "/* 1: ADD #1, in place */" in text


@pytest.mark.parametrize(
    ("name", "arena", "apart"),
    [
        ("rec_randwire_ws_s1.tflite", 59904, 64512),
        ("onnx_cct_1_32_32_8.onnx", 294912, 540672),
        ("onnx_minimobilenetv2.onnx", 12288, 16384),
    ],
)
def test_real_networks_need_less(name: str, arena: int, apart: int, shared_models: Path) -> None:
    model = read_model(shared_models / name)
    assert arenas(model) == (arena, arena)
    graph = to_graph(model)
    steps = tuple(replace(step, in_place=()) for step in graph.steps)
    assert plan_graph(replace(graph, steps=steps)).arena_bytes == apart
