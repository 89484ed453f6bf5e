"""Kernels that write over what they read: the same bits as with memory of their own, in every build."""

from __future__ import annotations

import ctypes
import os
import shlex
import subprocess
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from in_place_models import MODELS, model_of, random_shape, random_values, real
from kernels_not_in_place import NOT_IN_PLACE, OTHERS_NOT_IN_PLACE

from arenite.codegen.host import INCLUDES, kernel_path
from arenite.codegen.kernels import files_of, kernel_files, kernels, special_families
from arenite.codegen.kernels.in_place import IN_PLACE, in_place_positions
from arenite.frontends.bodies import bodies
from arenite.frontends.in_place import in_place_operands
from arenite.frontends.lowering import Call, Lowering
from arenite.frontends.model import Model
from arenite.frontends.operators import lower

Array = npt.NDArray[Any]

SAMPLES = 12
"""Random shapes and layers of each kernel and build."""
GUARD = 64
"""Bytes before and behind the memory that is written over."""
ITEM_BYTES = {"int8_t": 1, "uint8_t": 1, "int16_t": 2, "float": 4, "int32_t": 4}

BODIES = {body.kernel: body for body in bodies()}

BUILDS = {
    "O2": "-O2",
    "O3": "-O3 -funroll-loops",
    "undefined": "-O1 -fsanitize=undefined -fno-sanitize-recover=all",
}


@pytest.fixture(scope="module", params=BUILDS)
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The kernels of the table and one that is not in it, as C compilers of firmware may build them."""
    families = {kernels()[kernel].family for kernel in (*IN_PLACE, "arenite_lrn_f32")}
    sources = [str(kernel_path(name)) for name in files_of(families) if name.endswith(".c")]
    target = tmp_path_factory.mktemp("kernels") / "kernels.so"
    compiler = shlex.split(os.environ.get("CC") or "cc")
    options = ["-std=c99", *BUILDS[request.param].split(), "-fPIC", "-shared"]
    subprocess.run([*compiler, *options, *INCLUDES, *sources, "-o", str(target), "-lm"], check=True)
    return ctypes.CDLL(str(target))


def run(library: ctypes.CDLL, model: Model, call: Call, values: dict[int, Array], over: int | None) -> Array:
    """The bytes of the output, written over the tensor ``over``, or into memory of its own.

    Raises AssertionError if the kernel changed another tensor, or bytes in front of the output or behind it.
    """
    (index,) = model.outputs
    size = model.tensors[index].bytes
    content = np.full(size, 0x5A, np.uint8) if over is None else values[over].reshape(-1).view(np.uint8)
    guard = np.full(GUARD, 0x5A, np.uint8)
    memory = np.concatenate([guard, content, guard])
    behind = memory[GUARD + size :].copy()
    inputs = {other: array.copy() for other, array in values.items() if other != over}
    arrays = [np.array(list(call.layer.values()), np.int32)]
    pointers = [ctypes.c_void_p(arrays[0].ctypes.data)]
    for read in call.inputs:
        address = memory.ctypes.data + GUARD if read == over else inputs[read].ctypes.data
        pointers.append(ctypes.c_void_p(address))
    for constant in call.constants.values():
        arrays.append(np.ascontiguousarray(constant))
        pointers.append(ctypes.c_void_p(arrays[-1].ctypes.data))
    function = getattr(library, call.kernel)
    function.restype = None
    function(*pointers, ctypes.c_void_p(memory.ctypes.data + GUARD))
    assert (memory[:GUARD] == guard).all()
    assert (memory[GUARD + size :] == behind).all()
    assert all(np.array_equal(array, values[other]) for other, array in inputs.items())
    return memory[GUARD : GUARD + size].copy()


def random_lowering(generator: np.random.Generator, kernel: str) -> tuple[Model, Lowering]:
    """A random model and its lowering, of one call of the kernel, which may be a body."""
    body = BODIES.get(kernel)
    while True:
        model = MODELS[body.of if body else kernel](generator, random_shape(generator))
        lowering = lower(model, model.operators[0])
        (call,) = lowering.calls
        changed = body.rewrite(call, 0) if body else (call, 0)
        if changed is not None:
            return model, replace(lowering, calls=changed[:1])


@pytest.mark.parametrize("kernel", sorted(IN_PLACE))
def test_in_place_has_the_same_bits(kernel: str, library: ctypes.CDLL) -> None:
    generator = np.random.default_rng(len(kernel))
    places: set[int] = set()
    readable = [read - 1 for read, _ in in_place_positions(kernel)]
    for _ in range(SAMPLES):
        model, lowering = random_lowering(generator, kernel)
        operator = model.operators[0]
        (call,) = lowering.calls
        assert call.kernel == kernel
        values = {index: random_values(generator, model.tensors[index]) for index in model.inputs}
        result = model.tensors[model.outputs[0]]
        operands = in_place_operands(model, operator, lowering)
        named = [call.inputs[place] for place in readable if place < len(call.inputs)]
        assert set(operands) == {index for index in named if model.tensors[index].elements == result.elements}
        expected = run(library, model, call, values, None)
        for operand in operands:
            np.testing.assert_array_equal(run(library, model, call, values, operand), expected, err_msg=str(call.layer))
            places.update(place for place, index in enumerate(call.inputs) if index == operand)
    assert places.issuperset(readable)


def test_a_kernel_that_is_not_in_the_table_is_caught(library: ctypes.CDLL) -> None:
    """The check above can fail: the neighbours of an element are needed once it is computed."""
    shape = (2, 3, 8)
    reads = [real(0, shape)]
    model = model_of("LRN", reads, real(1, shape), size=3, alpha=1.0)
    (call,) = lower(model, model.operators[0]).calls
    values = {0: random_values(np.random.default_rng(0), model.tensors[0])}
    assert not np.array_equal(run(library, model, call, values, None), run(library, model, call, values, 0))
    assert in_place_operands(model, model.operators[0], lower(model, model.operators[0])) == ()


def test_every_kernel_is_in_the_table_or_left_out_for_a_reason() -> None:
    """Bodies for some instruction set apart: tests/bodies has them."""
    special = special_families()
    others = {name for name, kernel in kernels().items() if kernel.family in special}
    whole = {name: kernel for name, kernel in kernels().items() if "_row" not in name and name not in others}
    assert set(MODELS) == set(IN_PLACE) - others
    for name, kernel in whole.items():
        reasons = (kernel.family in NOT_IN_PLACE) + (name in OTHERS_NOT_IN_PLACE)
        assert (name in IN_PLACE) + reasons == 1, name
    assert {*IN_PLACE, *OTHERS_NOT_IN_PLACE} <= {*whole, *others}
    assert set(NOT_IN_PLACE) <= {kernel.family for kernel in whole.values()}


@pytest.mark.parametrize("kernel", sorted(IN_PLACE))
def test_pointers_of_the_table_may_be_equal(kernel: str) -> None:
    """The output is not larger; its type is the same or one that C lets lie over any other; nothing is restricted."""
    parameters = kernels()[kernel].parameters
    for read, written in in_place_positions(kernel):
        source, result = parameters[read], parameters[written]
        assert source.const
        assert not result.const
        assert ITEM_BYTES[result.type] <= ITEM_BYTES[source.type]
        assert result.type == source.type or result.type in ("int8_t", "uint8_t")
    text = kernel_files()
    assert all("restrict" not in text[name] for name in files_of([kernels()[kernel].family]))


def test_bodies_write_over_what_their_kernels_do() -> None:
    """Before one is chosen, a state may have been given to an operator that reads it as its result."""
    assert {body.kernel for body in bodies() if body.of in IN_PLACE} <= IN_PLACE.keys()
    assert all(IN_PLACE[body.kernel] == IN_PLACE[body.of] for body in bodies() if body.of in IN_PLACE)


def test_kernels_that_are_not_in_the_table_have_no_positions() -> None:
    assert in_place_positions("arenite_lrn_f32") == ()
    assert in_place_positions("no_kernel") == ()
    assert in_place_positions("arenite_multiply_s8") == ((1, 3), (2, 3))
