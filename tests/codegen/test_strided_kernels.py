"""Kernels that write a part of a concatenation's channels: the bits that a copy of their results would bring there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from kernel_calls import random_values, whole
from row_models import MODELS
from scattered_rows import by_rows

from arenite.codegen.kernels import kernels, special_families, structs
from arenite.codegen.kernels.rows import kernel_rows
from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Model, Operator, Tensor
from arenite.frontends.operators import lower
from arenite.frontends.operators.parts import LOOKUP_KERNELS, PARTS

SAMPLES = 12
"""Random models of each kernel."""


def strided_kernels() -> list[str]:
    """All whose layers say how far apart output pixels are, and those with a kernel for parts beside them; without the
    bodies for some instruction set, which tests/bodies compares with these."""
    special = special_families()
    named = {
        name
        for name, kernel in kernels().items()
        if kernel.family not in special and "output_stride" in structs()[kernel.parameters[0].type]
    }
    return sorted({name for name in named if "_row" not in name} | set(LOOKUP_KERNELS))


def test_every_kernel_with_a_stride_is_tried() -> None:
    assert set(strided_kernels()) <= set(MODELS)
    assert len(strided_kernels()) > 50


def concatenated(generator: np.random.Generator, model: Model) -> Model:
    """The only operator's result between two other tensors, along channels."""
    (operator,) = model.operators
    result = model.tensors[operator.outputs[0]]
    count = len(model.tensors)
    beside = [
        replace(result, index=count + place, name=f"beside_{place}", shape=(*result.shape[:3], channels))
        for place, channels in enumerate(generator.integers(1, 6, 2).tolist())
    ]
    channels = result.shape[3] + sum(tensor.shape[3] for tensor in beside)
    joined = replace(result, index=count + 2, name="joined", shape=(*result.shape[:3], channels))
    parts: tuple[int | Operator, ...] = (beside[0].index, operator, beside[1].index)
    host = Operator(
        operator.index + 1,
        "CONCATENATION",
        (beside[0].index, *operator.inputs, beside[1].index),
        (joined.index,),
        {"axis": -1, "fused_activation_function": "NONE", PARTS: parts},
    )
    return replace(
        model,
        tensors=(*model.tensors, *beside, joined),
        operators=(host,),
        inputs=(*model.inputs, *(tensor.index for tensor in beside)),
        outputs=(joined.index,),
    )


def as_array(tensor: Tensor, data: np.ndarray) -> np.ndarray:
    return data.view(tensor.dtype).reshape(tensor.shape)


@pytest.mark.parametrize("kernel", strided_kernels())
def test_a_part_has_the_bits_of_a_copy(kernel: str) -> None:
    generator = np.random.default_rng(len(kernel))
    tried = split = 0
    for _ in range(SAMPLES):
        plain = MODELS[kernel](generator)
        try:
            own = lower(plain, plain.operators[0]).calls
        except NotLowered:
            continue
        if all(call.kernel != kernel for call in own):
            continue
        model = concatenated(generator, plain)
        values = random_values(generator, model)
        calls = lower(model, model.operators[0]).calls
        part = as_array(plain.tensors[plain.outputs[0]], whole(plain, own, values))
        beside = [values[index] for index in model.inputs[-2:]]
        expected = np.concatenate([beside[0], part, beside[1]], axis=3).view(np.uint8).reshape(-1)
        found = whole(model, calls, values)
        np.testing.assert_array_equal(found, expected, err_msg=str(calls[1].layer))
        tried += 1
        shapes = [[model.tensors[index].shape for index in one.inputs] for one in calls]
        rows = [kernel_rows(one.kernel, one.layer, one.constants, s) for one, s in zip(calls, shapes, strict=True)]
        forms = [form for form in rows if form is not None]
        if len(forms) == len(calls) and len({form.rows for form in forms}) == 1 and forms[0].rows > 1:
            found = by_rows(generator, model, calls, forms, values)
            np.testing.assert_array_equal(found, expected, err_msg=str(calls[1].layer))
            split += 1
    assert tried > SAMPLES // 4
    assert split > 0
