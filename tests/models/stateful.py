"""Small models with state."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from models.writer import ModelWriter

Initial = Mapping[str, npt.ArrayLike | None]
"""Name of a variable -> its first value; None for a variable that no initialiser sets."""


class StatefulWriter(ModelWriter):
    """A main subgraph with resource variables of one shape and quantisation, and the initialiser of these."""

    def __init__(self, shape: tuple[int, ...], initial: Initial, *, dtype: str = "int8", zero_point: int = -3) -> None:
        super().__init__()
        self._shape, self._initial, self._dtype, self._zero_point = shape, initial, dtype, zero_point
        if any(value is not None for value in initial.values()):
            self.operator("CALL_ONCE", [], [], init_subgraph_index=1)
        self._handles = {name: self._handle(self, name) for name in initial}

    def value(self, name: str, shape: tuple[int, ...] | None = None, data: npt.ArrayLike | None = None) -> int:
        """A tensor of the variables' type, and by default of their shape."""
        scale = 0.05 if self._dtype in ("int8", "uint8") else None
        return self.tensor(
            name, shape or self._shape, self._dtype, scale=scale, zero_point=self._zero_point, data=data
        )  # fmt: skip

    def read(self, variable: str) -> int:
        result = self.value(f"{variable} read")
        self.operator("READ_VARIABLE", [self._handles[variable]], [result])
        return result

    def assign(self, variable: str, value: int) -> None:
        self.operator("ASSIGN_VARIABLE", [self._handles[variable], value], [])

    def apply(self, kind: str, *inputs: int, shape: tuple[int, ...] | None = None, **options: object) -> int:
        """An operator's result, of the variables' type."""
        result = self.value(f"{kind} of {inputs}", shape)
        self.operator(kind, inputs, [result], **options)
        return result

    def file(self, inputs: list[int], outputs: list[int]) -> bytes:
        once = ModelWriter("initialiser")
        for name, first in self._initial.items():
            if first is not None:
                data = np.broadcast_to(np.asarray(first, self._dtype), self._shape)
                constant = once.tensor(f"{name} first", self._shape, self._dtype, data=data)
                once.operator("ASSIGN_VARIABLE", [self._handle(once, name), constant], [])
        return self.finish(inputs, outputs, others=[(once, [], [])])

    @staticmethod
    def _handle(writer: ModelWriter, name: str) -> int:
        handle = writer.tensor(f"{name} handle", (), "resource")
        writer.operator("VAR_HANDLE", [], [handle], shared_name=name)
        return handle


def accumulator() -> bytes:
    """The sum of all inputs so far, from 7 on."""
    writer = StatefulWriter((1, 12), {"sum": 7})
    source = writer.value("source")
    total = writer.apply("ADD", writer.read("sum"), source)
    writer.assign("sum", total)
    return writer.file([source], [total])


def accumulated(dtype: str = "int8", first: int | None = 7) -> bytes:
    """The product of the sum of all inputs so far, from a first value on, and the input."""
    writer = StatefulWriter((1, 6), {"sum": first}, dtype=dtype)
    source = writer.value("source")
    total = writer.apply("ADD", writer.read("sum"), source)
    writer.assign("sum", total)
    return writer.file([source], [writer.apply("MUL", total, source)])


def delayed(channels: int = 4) -> bytes:
    """A convolution over the last three inputs: a window of two is kept and moved on."""
    first = np.arange(2 * channels).reshape(1, 2, 1, channels) - channels
    writer = StatefulWriter((1, 2, 1, channels), {"window": first})
    source = writer.value("source", (1, 1, 1, channels))
    whole = writer.apply("CONCATENATION", writer.read("window"), source, shape=(1, 3, 1, channels), axis=1)
    rest = writer.value("rest", (1, 1, 1, channels))
    last = writer.value("last", (1, 2, 1, channels))
    sizes = writer.tensor("sizes", (2,), "int32", data=[1, 2])
    axis = writer.tensor("axis", (), "int32", data=1)
    writer.operator("SPLIT_V", [whole, sizes, axis], [rest, last], num_splits=2)
    writer.assign("window", last)
    result = writer.apply("AVERAGE_POOL_2D", whole, shape=(1, 1, 1, channels), padding="VALID", stride_w=1, stride_h=1,
                          filter_width=1, filter_height=3)  # fmt: skip
    return writer.file([source], [result])


def streamed(channels: int = 3, rows: int = 4, layers: int = 1, new: int = 1, height: int = 0) -> bytes:
    """What a convolution makes of each input stands behind those of the last rows, and a pool reads them all, in each
    of some layers. ``new`` rows come at once, of which the pool sees ``height``, or all that are."""
    first = np.arange(rows * channels).reshape(1, rows, 1, channels)
    writer = StatefulWriter((1, rows, 1, channels), {f"window {n}": first + n for n in range(layers)}, zero_point=0)
    values = np.arange(channels * channels).reshape(channels, 1, 1, channels) % 7 - 3
    weights = writer.tensor("weights", values.shape, "int8", scale=0.3, data=values)
    bias = writer.tensor("bias", (channels,), "int32", scale=0.015, data=range(channels))
    begin, size = (writer.tensor(None, (4,), "int32", data=data) for data in ([0, new, 0, 0], [-1] * 4))
    steps = {"padding": "VALID", "stride_w": 1, "stride_h": 1, "filter_width": 1}
    own = {"padding": "VALID", "stride_w": 1, "stride_h": 1, "dilation_h_factor": 1, "dilation_w_factor": 1}
    height = height or rows + 1
    extent = (1, new, 1, channels)
    source = x = writer.value("source", extent)
    for layer in range(layers):
        x = writer.apply("CONV_2D", x, weights, bias, shape=extent, **own)
        old = writer.read(f"window {layer}")
        whole = writer.apply("CONCATENATION", old, x, shape=(1, rows + new, 1, channels), axis=1)
        writer.assign(f"window {layer}", writer.apply("SLICE", whole, begin, size))
        left = (1, rows + new + 1 - height, 1, channels)
        x = writer.apply("AVERAGE_POOL_2D", whole, shape=left, filter_height=height, **steps)
        extent = extent if layer == layers - 1 else left
    return writer.file([source], [x])


def swapped() -> bytes:
    """Two variables that change places; one is read before and after it is assigned, and the input goes into one."""
    writer = StatefulWriter((1, 6), {"a": 1, "b": np.arange(6)})
    source = writer.value("source")
    a, b = writer.read("a"), writer.read("b")
    writer.assign("a", b)
    writer.assign("b", writer.apply("ADD", a, source))
    after = writer.read("a")
    both = writer.apply("ADD", a, after)
    return writer.file([source], [both, writer.apply("MUL", both, writer.read("b")), after])


def input_kept(dtype: str = "int8") -> bytes:
    """The input before this one; a zero comes first."""
    writer = StatefulWriter((1, 5), {"last": 0}, dtype=dtype, zero_point=100 if dtype == "uint8" else -3)
    source = writer.value("source")
    before = writer.read("last")
    writer.assign("last", source)
    return writer.file([source], [before])


def images_summed() -> bytes:
    """What two pools make of each image, added up, beside the last one; an operator between them reads the sum."""
    writer = StatefulWriter((1, 6, 4, 2), {"sum": -3, "last": 0})
    window = {"padding": "VALID", "stride_w": 2, "stride_h": 2, "filter_width": 2, "filter_height": 2}
    source = writer.value("source", (1, 24, 16, 2))
    small = writer.apply("AVERAGE_POOL_2D", source, shape=(1, 12, 8, 2), **window)
    smaller = writer.apply("MAX_POOL_2D", small, **window)
    before = writer.read("sum")
    total = writer.apply("ADD", before, smaller)
    writer.assign("sum", total)
    change = writer.apply("ADD", smaller, writer.read("last"))
    writer.assign("last", smaller)
    return writer.file([source], [writer.apply("MAX_POOL_2D", writer.apply("MUL", total, change),
                                               shape=(1, 3, 2, 2), **window)])  # fmt: skip
