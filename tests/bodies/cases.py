"""Random calls of the portable kernels, their inputs, and what they compute: what every body has to compute."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from bodies.wide_models import happens, random_input, random_model
from kernel_calls import GARBAGE, Array, Bytes, address, c_function, layer_of

from arenite.frontends.lowering import Call, NotLowered
from arenite.frontends.model import Model
from arenite.frontends.operators import lower

TRIES = 20
"""Models that are drawn for each case at most, as not all of them lead to the kernel."""


@dataclass(frozen=True, eq=False)
class Case:
    """``inputs``: for each input of the call. ``expected``: every byte of the memory of the output, of which the kernel
    leaves alone what other operators fill; it held ``GARBAGE``. The case is ``case_of(call.kernel, number)``."""

    number: int
    call: Call
    inputs: tuple[Array, ...]
    expected: Bytes


@cache
def cases_of(kernel: str, count: int) -> tuple[Case, ...]:
    """The first ``count`` cases of a portable kernel."""
    return tuple(case_of(kernel, number) for number in range(count))


def case_of(kernel: str, number: int) -> Case:
    """The same one each time.

    Raises AssertionError where models of the kernel do not lead to it."""
    generator = np.random.default_rng([number, *kernel.encode()])
    for model, call in _calls(generator, kernel):
        elements = model.tensors[model.outputs[0]].bytes
        if "output_stride" in call.layer and happens(generator):
            call, elements = _strided(generator, call, elements)
        return _case(generator, number, model, call, elements)
    raise AssertionError(f"no model of {TRIES} calls {kernel}")


def case_with(model: Model, kernel: str, number: int) -> Case:
    """Of a model of one operator that is one call of the kernel, with random inputs.

    Raises NotLowered, or AssertionError if the operator becomes other calls."""
    (call,) = lower(model, model.operators[0]).calls
    assert call.kernel == kernel, call.kernel
    elements = model.tensors[model.outputs[0]].bytes
    return _case(np.random.default_rng(number), number, model, call, elements)


def _case(generator: np.random.Generator, number: int, model: Model, call: Call, elements: int) -> Case:
    values = {index: random_input(generator, model.tensors[index]) for index in call.inputs}
    inputs = tuple(values[index] for index in call.inputs)
    return Case(number, call, inputs, _computed(call, inputs, elements))


def _calls(generator: np.random.Generator, kernel: str) -> Iterator[tuple[Model, Call]]:
    for _ in range(TRIES):
        model = random_model(generator, kernel)
        try:
            lowering = lower(model, model.operators[0])
        except NotLowered:
            continue
        if [call.kernel for call in lowering.calls] == [kernel] and lowering.scratch_bytes == 0:
            yield model, lowering.calls[0]


def _strided(generator: np.random.Generator, call: Call, elements: int) -> tuple[Call, int]:
    """The call with output pixels apart, and the bytes that these then reach over."""
    channels = call.layer["output_stride"]
    start, behind = (int(value) for value in generator.integers(0, 9, 2))
    stride = start + channels + behind
    layer = {**call.layer, "output_stride": stride, "output_start": start}
    return replace(call, layer=layer), elements // channels * stride


def _computed(call: Call, inputs: tuple[Array, ...], size: int) -> Bytes:
    out = np.full(size, GARBAGE, np.uint8)
    arrays = [layer_of(call), *inputs, *(np.ascontiguousarray(constant) for constant in call.constants.values())]
    c_function(call.kernel)(*(address(array) for array in arrays), address(out))
    return out
