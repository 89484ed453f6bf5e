"""Runs a model operator by operator through its lowerings, with the kernels compiled for this machine.

No planning and no generated code: a difference found here is the fault of a lowering or of a kernel.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from oracles import Reference

from arenite.codegen.host import load_host_library
from arenite.codegen.kernels import kernels
from arenite.codegen.kernels.rows import SCRATCH
from arenite.frontends.lowering import Call, Lowering
from arenite.frontends.model import Model, Operator, Tensor
from arenite.frontends.operators import lower
from arenite.frontends.rewrites.unsigned import as_signed, signed
from arenite.frontends.tflite import parse_tflite

Array = npt.NDArray[Any]

GUARD = 64
"""Bytes before and after everything that a kernel writes."""
GUARD_VALUE = 0x5A


def run_model(model: Model, inputs: Sequence[Array]) -> dict[int, Array]:
    """Every activation tensor after one inference, the first one, by its index in the file, and every state.

    Raises:
        NotLowered: an operator is not supported.
        AssertionError: a kernel wrote outside its outputs and scratch, or changed an input.
    """
    values = {index: np.ascontiguousarray(value) for index, value in zip(model.inputs, inputs, strict=True)}
    values.update(model.states)
    for operator in model.operators:
        values.update(run_operator(model, operator, values))
    return values


def run_operator(model: Model, operator: Operator, values: dict[int, Array]) -> dict[int, Array]:
    """The outputs of one operator and the states that it leaves, by tensor index, from the ``values`` of its inputs and
    the states before."""
    lowering = lower(model, operator)
    tensors = [model.tensors[index] for index in lowering.outputs]
    if lowering.alias:
        return {tensor.index: values[lowering.inputs[0]].reshape(tensor.shape) for tensor in tensors}
    if lowering.relax_op is not None:
        return {tensors[0].index: _relax(lowering, tensors[0], values)}
    assert lowering.calls, f"{operator.label}: the lowering is empty"
    before = {index: values[index].copy() for index in lowering.inputs}
    outputs = [_Guarded(tensor.bytes) for tensor in tensors]
    states = [_Guarded(model.tensors[index].bytes, values[index]) for index in lowering.states]
    scratch = _Guarded(lowering.scratch_bytes) if lowering.scratch_bytes else None
    for call in lowering.calls:
        assert set(call.inputs) <= set(lowering.inputs), f"{operator.label}: a call reads what the lowering hides"
        _call(call, values, [*states, *outputs], scratch)
    for memory in [*states, *outputs, *([scratch] if scratch else [])]:
        assert memory.intact(), f"{operator.label}: written outside of a state, an output or the scratch"
    for index, value in before.items():
        assert value.tobytes() == values[index].tobytes(), f"{operator.label}: input {index} was overwritten"
    written = [*(model.tensors[index] for index in lowering.states), *tensors]
    return {tensor.index: memory.array(tensor) for tensor, memory in zip(written, [*states, *outputs], strict=True)}


def check_against_reference(
    data: bytes, samples: int = 4, seed: int = 0, given: Sequence[Sequence[Array]] = ()
) -> None:
    """Compares every activation tensor of every operator with TFLite's reference kernels, bit for bit.

    The first two samples are the least and the greatest value everywhere, the others random over the whole range of the
    input's type. Each operator gets the reference's values as inputs, so that one fault is reported once. States begin
    as the model says and are the operators' own from sample to sample.

    ``given``: the inputs of each sample, instead of those.
    """
    model = signed(parse_tflite(data, "test.tflite"))
    reference = Reference(data)
    generator = np.random.default_rng(seed)
    states = dict(model.states)
    file_tensors = len(model.tensors) if model.file_tensors is None else model.file_tensors
    drawn = (
        [sample_of(model.tensors[index], sample, generator) for index in model.inputs] for sample in range(samples)
    )
    for sample, inputs in enumerate(given or drawn):
        expected = {index: _as_in(model, index, value) for index, value in reference.run(inputs).items()}
        values = {**expected, **states}
        for operator in model.operators:
            for index, value in run_operator(model, operator, values).items():
                if index in states:
                    values[index] = states[index] = value
                    if expected.get(index, value).dtype != value.dtype:
                        continue  # the file has a handle there
                if index >= file_tensors:
                    values[index] = value
                    continue
                np.testing.assert_array_equal(
                    value, expected[index], err_msg=f"{operator.label}, tensor {index}, sample {sample}"
                )


def _as_in(model: Model, index: int, value: Array) -> Array:
    """A tensor of the file as the model has it, which is int8 where the file is uint8."""
    has_int8 = value.dtype == np.uint8 and index < len(model.tensors) and model.tensors[index].dtype == "int8"
    return as_signed(value) if has_int8 else value


def sample_of(tensor: Tensor, sample: int, generator: np.random.Generator) -> Array:
    """An input: the least value everywhere, the greatest, then random ones over the type's whole range.

    Float inputs span twice the range of their use, [-2, 2).
    """
    if tensor.dtype == "float32":
        return generator.uniform(-2, 2, tensor.shape).astype(np.float32)
    if tensor.dtype == "bool":
        return generator.integers(0, 2, tensor.shape).astype(np.bool_)
    limits = np.iinfo(tensor.dtype)
    if sample < 2:
        return np.full(tensor.shape, (limits.min, limits.max)[sample], tensor.dtype)
    return generator.integers(limits.min, limits.max, tensor.shape, tensor.dtype, endpoint=True)


class _Guarded:
    """Memory between two guards; int32-aligned, holds ``content`` or what no result should be taken from."""

    def __init__(self, size: int, content: Array | None = None) -> None:
        self._size = size
        self._memory = np.full(size + 2 * GUARD, GUARD_VALUE, np.uint8)
        if content is not None:
            self._memory[GUARD : GUARD + size] = np.frombuffer(content.tobytes(), np.uint8)

    @property
    def pointer(self) -> ctypes.c_void_p:
        return ctypes.c_void_p(self._memory.ctypes.data + GUARD)

    def intact(self) -> bool:
        return bool((self._memory[:GUARD] == GUARD_VALUE).all() and (self._memory[-GUARD:] == GUARD_VALUE).all())

    def array(self, tensor: Tensor) -> Array:
        values: Array = self._memory[GUARD : GUARD + self._size].view(tensor.dtype)
        return np.array(values).reshape(tensor.shape)


def _call(call: Call, values: dict[int, Array], written: Sequence[_Guarded], scratch: _Guarded | None) -> None:
    layer = np.array(list(call.layer.values()), dtype=np.int64)
    assert (layer == layer.astype(np.int32)).all(), f"{call.kernel}: a field does not fit into int32"
    constants = [np.ascontiguousarray(array) for array in call.constants.values()]
    inputs = [np.ascontiguousarray(values[index]) for index in call.inputs]
    arrays = [layer.astype(np.int32), *inputs, *constants]
    pointers = [ctypes.c_void_p(array.ctypes.data) for array in arrays]
    pointers += [memory.pointer for memory in written]
    if scratch is not None and kernels()[call.kernel].parameters[-1].name == SCRATCH:
        pointers.append(scratch.pointer)
    function = getattr(load_host_library(), call.kernel)
    function.restype = None
    function(*pointers)


def _relax(lowering: Lowering, output: Tensor, values: dict[int, Array]) -> Array:
    """The one TVM operator of a lowering, computed by TVM on the host."""
    import tvm
    from tvm import relax

    from arenite.tvm_compat import tensor_type

    assert lowering.relax_op is not None
    name, arguments = lowering.relax_op
    function: Any = relax.op
    for part in name.removeprefix("relax.").split("."):
        function = getattr(function, part)
    inputs = [values[index] for index in lowering.inputs]
    builder = relax.BlockBuilder()
    variables = [
        relax.Var(f"x{number}", tensor_type(value.shape, str(value.dtype))) for number, value in enumerate(inputs)
    ]
    with builder.function("main", variables):
        builder.emit_func_output(function(*variables, **arguments))
    machine = relax.VirtualMachine(tvm.compile(builder.get(), "llvm"), tvm.cpu())
    result: Array = machine["main"](*[tvm.runtime.tensor(value) for value in inputs]).numpy()
    return result.reshape(output.shape)
