"""Small networks that rows have to do with, and generated C that has to compute what whole operators compute."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume
from image_nets import ImageNet
from kernel_harness import run_model
from row_projects import RowLibrary

from arenite.codegen import driver
from arenite.codegen.description import Array
from arenite.codegen.driver import compile_program
from arenite.codegen.program import Program
from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Model
from arenite.rows.plan_rows import Choice, RowRequest, choose_rows
from arenite.target import PORTABLE, Target

REQUESTS = {
    "row": RowRequest("row"),
    "auto": RowRequest("auto"),
    "streamed": RowRequest("auto", pushed=True),
    "eager": RowRequest("auto", pushed=True, eager=True),
}


def expected_of(net: ImageNet, model: Model) -> tuple[list[Array], list[Array]]:
    """Inputs and outputs."""
    values = net.values()
    try:
        found = run_model(model, values)
    except NotLowered:
        assume(False)
    return values, [found[index] for index in model.outputs]


def check(
    model: Model,
    request: RowRequest,
    values: list[Array],
    expected: list[Array],
    directory: Path,
    target: Target = PORTABLE,
) -> Program:
    made: list[Choice] = []

    def spied(*arguments: Any, **options: Any) -> Choice:
        made.append(choose_rows(*arguments, **options))
        return made[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(driver, "choose_rows", spied)
        program, _ = compile_program(model, rows=request, timeout=1.0, target=target)
    (choice,) = made
    assert program.rows == (choice.rows is not None)
    assert program.arena_bytes == choice.plan.arena_bytes, "the module is another graph than the model"
    assert program.stream == request.pushed
    found = RowLibrary.of(program, directory).compute(values)
    for index, one, other in zip(model.outputs, found, expected, strict=True):
        np.testing.assert_array_equal(one, other, err_msg=f"tensor {index}")
    return program


def pyramid(dtype: str = "int8", seed: int = 1) -> tuple[ImageNet, Model]:
    """Windows with padding, a residual, a mean and scores: everything that a stream of rows has to do with."""
    net = ImageNet(dtype, seed)
    x = net.input((1, 12, 5, 3))
    bias = [net.constant(np.zeros(3, np.float32))] if dtype == "float32" else []
    stem = net.operator(
        "CONV_2D", [x, net.weights((3, 3, 3, 3), 0), *bias], (1, 12, 5, 3), explicit_padding=((1, 1), (1, 1)),
        stride_h=1, stride_w=1, dilation_h_factor=1, dilation_w_factor=1, fused_activation_function="RELU",
    )  # fmt: skip
    padded = net.operator(
        "PAD", [stem, net.constant(np.array([(0, 0), (2, 0), (0, 0), (0, 0)], np.int32))], (1, 14, 5, 3)
    )
    pooled = net.operator(
        "MAX_POOL_2D", [padded], (1, 7, 5, 3), explicit_padding=((0, 0), (0, 0)), stride_h=2, stride_w=1,
        filter_height=2, filter_width=1, dilation_h_factor=1, dilation_w_factor=1, fused_activation_function="NONE",
    )  # fmt: skip
    y = net.two("ADD", pooled, net.one(pooled))
    axes = net.constant(np.array([1, 2], np.int32))
    mean = net.operator("MEAN", [y, axes], (1, 1, 1, 3), keep_dims=True)
    flat = net.reshape(mean, (1, 3))
    options = {"keep_num_dims": False, "weights_format": "DEFAULT", "fused_activation_function": "NONE"}
    scores = net.operator("FULLY_CONNECTED", [flat, net.weights((4, 3), 0)], (1, 4), **options)
    return net, net.model(scores, y)


def bordered() -> tuple[ImageNet, Model]:
    """Rows of border above the first row of the input."""
    net = ImageNet(seed=3)
    x = net.input((1, 6, 3, 2))
    amounts = net.constant(np.array([(0, 0), (2, 1), (0, 0), (0, 0)], np.int32))
    return net, net.model(net.one(net.operator("PAD", [x, amounts], (1, 9, 3, 2))))


def read_as_a_whole() -> tuple[ImageNet, Model]:
    """By one operator by rows, by another as a whole, under another shape."""
    net = ImageNet(seed=3)
    x = net.input((1, 6, 3, 2))
    options = {"keep_num_dims": False, "weights_format": "DEFAULT", "fused_activation_function": "NONE"}
    scores = net.operator("FULLY_CONNECTED", [net.reshape(x, (1, 36)), net.weights((4, 36), 0)], (1, 4), **options)
    return net, net.model(net.one(x), scores)


def uneven_windows() -> tuple[ImageNet, Model]:
    """The first window has one row inside, the others are summed up."""
    net = ImageNet(seed=3)
    x = net.input((1, 6, 3, 2))
    attributes = {
        "explicit_padding": ((4, 0), (0, 0)), "stride_h": 5, "stride_w": 1, "filter_height": 5, "filter_width": 1,
        "fused_activation_function": "NONE", "count_include_pad": False,
    }  # fmt: skip
    return net, net.model(net.operator("AVERAGE_POOL_2D", [net.one(x)], (1, 2, 3, 2), **attributes))


def pixels() -> tuple[ImageNet, Model]:
    """Softmax has a row for each pixel, which is not how its operand was split."""
    net = ImageNet("float32", seed=3)
    x = net.one(net.input((1, 6, 3, 2)))
    return net, net.model(net.operator("SOFTMAX", [x], (1, 6, 3, 2), beta=1.0))
