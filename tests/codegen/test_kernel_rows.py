"""Row functions against whole kernels, bit for bit, on rows that lie scattered in memory."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from kernel_calls import GARBAGE, Bytes, address, c_function, layer_of, random_values, whole
from row_models import MODELS
from scattered_rows import Scattered, by_rows

from arenite.codegen.kernels import kernels, special_families
from arenite.codegen.kernels.accumulators import ITEM_BYTES
from arenite.codegen.kernels.row_calls import row_functions
from arenite.codegen.kernels.rows import SCRATCH, KernelRows, kernel_rows, row_function
from arenite.frontends.lowering import Call, NotLowered
from arenite.frontends.model import Model
from arenite.frontends.operators import lower

Array = npt.NDArray[Any]

SAMPLES = 25
"""Random models of each kernel."""


WITHOUT_ROWS = frozenset(
    ("arenite_fill_all", "arenite_gather", "arenite_gather_constant", "arenite_shift", "arenite_update_slice")
)
"""Kernels that read nothing, or of which an output row may need any row of an input: that is known at run time."""


def whole_kernels() -> list[str]:
    """All but the bodies for some instruction set, which tests/bodies compares with these, and kernels with states,
    which fall into no rows."""
    special = special_families()
    return sorted(
        name
        for name, kernel in kernels().items()
        if name not in WITHOUT_ROWS
        and "_row" not in name
        and kernel.family not in special
        and kernel.parameters[0].type.endswith("_layer")
        and all(parameter.const or parameter.name in ("out", SCRATCH) for parameter in kernel.parameters)
    )


def models_and_rows(kernel: str) -> list[tuple[Model, Sequence[Call], list[KernelRows], dict[int, Array]]]:
    """Random models that fall into rows, all calls of which are given."""
    generator = np.random.default_rng(len(kernel))
    found: list[tuple[Model, Sequence[Call], list[KernelRows], dict[int, Array]]] = []
    for _ in range(SAMPLES):
        model = MODELS[kernel](generator)
        try:
            calls = lower(model, model.operators[0]).calls
        except NotLowered:
            continue
        shapes = [[model.tensors[index].shape for index in call.inputs] for call in calls]
        rows = [kernel_rows(c.kernel, c.layer, c.constants, s) for c, s in zip(calls, shapes, strict=True)]
        if all(call.kernel != kernel for call in calls) or any(row is None for row in rows):
            continue
        found.append((model, calls, [row for row in rows if row is not None], random_values(generator, model)))
    assert len(found) > SAMPLES // 4, f"only {len(found)} of {SAMPLES} models call {kernel} and fall into rows"
    return found


@pytest.mark.parametrize("kernel", sorted(MODELS))
def test_rows_have_the_bits_of_the_whole(kernel: str) -> None:
    generator = np.random.default_rng(1)
    for model, calls, forms, values in models_and_rows(kernel):
        if all(form.rows > 1 for form in forms):
            found = by_rows(generator, model, calls, forms, values)
            np.testing.assert_array_equal(found, whole(model, calls, values), err_msg=str(calls[0].layer))


@pytest.mark.parametrize("kernel", sorted(ITEM_BYTES.keys() & MODELS.keys()))
def test_sums_have_the_bits_of_the_whole(kernel: str) -> None:
    generator = np.random.default_rng(2)
    tried = 0
    for model, (call,), (form,), values in models_and_rows(kernel):
        sums = form.accumulator
        if sums is None:
            continue
        tried += 1
        ((first, _), *_) = form.inputs[0].ranges
        source = Scattered(generator, values[call.inputs[0]], form.inputs[0].rows)
        row_bytes = model.tensors[model.outputs[0]].bytes // form.rows
        found: list[Bytes] = []
        add, finish = c_function(sums.add), c_function(sums.finish)
        layer = layer_of(call)
        assert sums.bytes % 4 == 0
        assert sums.bytes >= sums.elements * sums.item_bytes
        for first, last in form.inputs[0].ranges:
            memory = np.full(sums.bytes + 128, GARBAGE, np.uint8)
            for row in range(first, last):
                columns, is_first = ctypes.c_int32(sums.columns), ctypes.c_int32(row == first)
                add(address(layer), source.row(row), columns, is_first, address(memory, 64))
            assert (memory[:64] == GARBAGE).all()
            assert (memory[64 + sums.elements * sums.item_bytes :] == GARBAGE).all()
            out = np.full(row_bytes + 128, GARBAGE, np.uint8)
            finish(address(layer), ctypes.c_int32(last - first), address(memory, 64), address(out, 64))
            assert (out[:64] == GARBAGE).all()
            assert (out[-64:] == GARBAGE).all()
            found.append(out[64:-64])
        np.testing.assert_array_equal(np.concatenate(found), whole(model, (call,), values), err_msg=str(call.layer))
    assert tried >= 3


def test_every_kernel_has_a_row_function() -> None:
    """All kernels are tried above, and the parameters of row functions are what their form says."""
    assert whole_kernels() == sorted(MODELS)
    declared = row_functions()
    for kernel in whole_kernels():
        assert row_function(kernel) in declared, kernel
        assert declared[row_function(kernel)].family == kernels()[kernel].family


@pytest.mark.parametrize("kernel", sorted(MODELS))
def test_parameters_are_those_of_the_form(kernel: str) -> None:
    for _, calls, forms, _ in models_and_rows(kernel):
        for call, form in zip(calls, forms, strict=True):
            names = [parameter.name for parameter in row_functions()[form.function].parameters]
            _, *given, out = (parameter.name for parameter in kernels()[call.kernel].parameters)
            inputs = {"window": ["base", "start", "taps", "k0", "k1"], "linear": ["above", "below"]}
            constants = [constant.name for constant in form.constants]
            assert names == ["layer", *inputs.get(form.form, given[: len(call.inputs)]), *constants, out], form.function
            for function in (form.accumulator.add, form.accumulator.finish) if form.accumulator else ():
                assert form.accumulator is not None
                assert row_functions()[function].family == form.accumulator.family
                scalars = ["in", "columns", "first", "sums"] if "_add_" in function else ["rows", "sums", "out"]
                assert [p.name for p in row_functions()[function].parameters] == ["layer", *scalars]


def test_a_kernel_that_nobody_knows_has_no_rows() -> None:
    assert kernel_rows("no_kernel", {"rows": 3, "row_elements": 4}, {}, [(3, 4)]) is None
