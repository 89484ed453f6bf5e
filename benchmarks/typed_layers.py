"""Layers for calibrate_latency.py of windows and products of other types than int8, and of those that keep a state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from math import prod

import numpy as np
from bodies.wide_models import Window
from calibration_layers import activation, depthwise
from in_place_models import given, model_of
from models.recurrent import lstm, svdf
from window_models import weights_of

from arenite.frontends.model import Model, Operator, Quantisation, Tensor
from arenite.frontends.tflite import parse_tflite

Make = Callable[[str], Iterator[Model]]
MANY_ROWS = 1200
"""Inputs of a layer whose sums of int16 by int8 do not fit into int32."""


def narrow_windows(*makes: Make) -> Make:
    """Of activations in int16, and weights in int8."""

    def make(kernel: str) -> Iterator[Model]:
        for layers in makes:
            yield from map(in_int16, layers(kernel.replace("_s16", "_s8")))

    return make


def in_int16(model: Model) -> Model:
    def wider(tensor: Tensor) -> Tensor:
        if tensor.dtype != "int8" or tensor.constant or tensor.quantisation is None:
            return tensor
        return replace(tensor, dtype="int16", quantisation=Quantisation((tensor.quantisation.scales[0] / 50,), (0,)))

    return replace(model, tensors=tuple(map(wider, model.tensors)))


def depthwise_3x3(kernel: str) -> Iterator[Model]:
    return depthwise(f"{kernel}_3x3")


def long_rows(kernel: str) -> Iterator[Model]:
    for rows, inputs, outputs in product((1, 3), (MANY_ROWS, MANY_ROWS + 100, 2000), (4, 10, 64)):
        weights = weights_of(np.random.default_rng(inputs), (outputs, inputs), 0)
        result = activation(2, (rows, outputs), scale=float(0.08 * np.sqrt(inputs)))
        yield in_int16(
            model_of(
                "FULLY_CONNECTED", [activation(0, (rows, inputs)), weights], result, keep_num_dims=False,
                weights_format="DEFAULT", fused_activation_function="RELU",
            )
        )  # fmt: skip


def of_uint8(*makes: Make) -> Make:
    """Of weights that are more than int8 holds once their zero points are subtracted."""

    def make(kernel: str) -> Iterator[Model]:
        for layers in makes:
            for model in layers(kernel.replace("_wide", "").replace("_up", "")):
                yield unsigned(model)

    return make


def unsigned(model: Model) -> Model:
    def shifted(tensor: Tensor) -> Tensor:
        if not tensor.constant or tensor.quantisation is None:
            return tensor
        points = (9,) * len(tensor.quantisation.zero_points)
        return replace(tensor, quantisation=replace(tensor.quantisation, zero_points=points))

    (operator,) = model.operators
    attributes = {**operator.attributes, "unsigned": True}
    tensors = tuple(map(shifted, model.tensors))
    return replace(model, tensors=tensors, operators=(replace(operator, attributes=attributes),))


def transposed(kernel: str) -> Iterator[Model]:
    windows = (
        Window((2, 2), (2, 2)), Window((3, 3), (2, 2), padding=((0, 1), (0, 1))), Window((4, 4), (2, 2)),
        Window((3, 3), padding=((1, 1), (1, 1))), Window((5, 1), (2, 1)),
    )  # fmt: skip
    for window, extents, depth, outputs in product(windows, ((7, 5), (9, 12)), (3, 8, 32), (1, 8, 24)):
        counts = window.counts(extents)
        before, after = (1, *counts, depth), (1, *extents, outputs)
        weights = weights_of(np.random.default_rng(depth), (outputs, *window.kernel, depth), 0)
        reads = [given(3, np.array(after, np.int32)), weights, activation(0, before)]
        result = activation(2, after, scale=float(0.08 * np.sqrt(depth)))
        for activation_function in ("RELU", "NONE"):
            model = model_of(
                "TRANSPOSE_CONV", reads, result, fused_activation_function=activation_function, **window.attributes()
            )  # fmt: skip
            yield in_int16(model) if kernel.endswith("_s16") else in_real_numbers(kernel, model)


def shifted(kernel: str) -> Iterator[Model]:
    for kept, added, depth in product((1, 2, 5, 20), (1, 3), (1, 8, 30, 64)):
        shape = (1, kept + added, depth)
        state = replace(activation(0, shape), variable=True)
        new, rest, joined = (
            Tensor(n, f"t{n}", (1, count, depth), "int8", state.quantisation)
            for n, count in ((1, added), (2, kept), (3, kept + added))
        )
        own = Operator(1, "CONCATENATION", (2, 1), (3,), {"axis": 1, "fused_activation_function": "NONE"})
        operator = Operator(0, "SHIFT", (0,), (), {"joined": own})
        yield Model("m", "m", (state, new, rest, joined), (operator,), (1,), (), states={0: np.zeros(shape, np.int8)})


def remembered(kernel: str) -> Iterator[Model]:
    state_type = "int16" if kernel.endswith("_s16") else "int8"
    for inputs, units, rank, memory in product((8, 40, 250), (4, 16, 50), (1, 2), (4, 20)):
        yield in_real_numbers(kernel, parse_tflite(svdf(inputs, units, rank, memory, state_type=state_type), "m"))


def recurrent(kernel: str) -> Iterator[Model]:
    for inputs, units, steps, coupled in product((4, 28, 64), (4, 20, 48), (1, 3), (False, True)):
        dtype, points = ("int16", (0, 0)) if kernel.endswith("_s16") else ("int8", (-3, 4))
        data = lstm(inputs, units, steps, coupled=coupled, zero_points=points, dtype=dtype)
        yield in_real_numbers(kernel, parse_tflite(data, "m"))


def in_real_numbers(kernel: str, model: Model) -> Model:
    """The same in float32, if the kernel is of that, with weights that keep sums small."""
    if not kernel.endswith("_f32"):
        return model

    def of(tensor: Tensor) -> Tensor:
        data = tensor.data
        if tensor.dtype == "int32" and tensor.quantisation is None:
            return tensor
        if data is not None and data.size:
            data = data.astype(np.float32) / max(float(np.abs(data.astype(float)).max()), 1.0)
            data /= np.float32(max(prod(data.shape) / data.shape[0], 1.0) ** 0.5)
        return replace(tensor, dtype="float32", quantisation=None, data=data)

    states = {index: np.zeros(model.tensors[index].shape, np.float32) for index in model.states}
    return replace(model, tensors=tuple(map(of, model.tensors)), states=states)
