"""Models that arenite plans but does not compile, or cannot read, each with one reason: what error messages are tested
with. Functions from nothing to the bytes of a file."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from models.network import Network
from models.small import ds_cnn
from models.writer import ModelWriter


def hybrid_fully_connected() -> bytes:
    """FULLY_CONNECTED #0: int8 weights between float32 activations, as dynamic-range quantisation leaves it."""
    writer = ModelWriter("hybrid")
    x = writer.tensor("features", (1, 16), "float32")
    weights = writer.tensor("weights", (4, 16), "int8", scale=0.02, data=np.arange(-32, 32))
    bias = writer.tensor("bias", (4,), "float32", data=[0.5, -0.5, 0.25, 0.0])
    y = writer.tensor("scores", (1, 4), "float32")
    writer.operator("FULLY_CONNECTED", [x, weights, bias], [y])
    return writer.finish([x], [y])


def unsupported_operators() -> bytes:
    """CUSTOM:Swirl #1 and #3 and CUSTOM:Unfold #4, with CONV_2D #0 and #2 that are supported."""
    net = Network("unsupported", seed=6)
    image = net.input("image", (1, 8, 8, 3))
    x = net.convolution(image, 8, (3, 3))
    x = net.convolution(net.same("CUSTOM:Swirl", x, x.shape), 8)
    x = net.same("CUSTOM:Swirl", x, x.shape)
    return net.finish([image], [net.same("CUSTOM:Unfold", x, (1, 16, 16, 2))])


def custom_operator() -> bytes:
    """One operator that only its author knows: CUSTOM #1 with the code Spectrogram."""
    net = Network("custom", seed=7)
    image = net.input("image", (1, 8, 8, 3))
    x = net.convolution(image, 8)
    return net.finish([image], [net.same("CUSTOM:Spectrogram", x, x.shape)])


def dynamic_shape() -> bytes:
    """The input's height is -1: known only when the model runs."""
    writer = ModelWriter("dynamic")
    x = writer.tensor("image", (1, -1, 8, 4), "int8", scale=0.1)
    y = writer.tensor("rectified", (1, -1, 8, 4), "int8", scale=0.1)
    writer.operator("RELU", [x], [y])
    return writer.finish([x], [y])


def float_normalisation() -> bytes:
    """CUSTOM:Normalise #0 in float32: other operators on floats are compiled, this one is not."""
    writer = ModelWriter("float")
    x = writer.tensor("features", (1, 8), "float32")
    y = writer.tensor("normalised", (1, 8), "float32")
    writer.operator("CUSTOM:Normalise", [x], [y])
    return writer.finish([x], [y])


def truncated() -> bytes:
    """The first two thirds of a good file, as after a broken download."""
    data = ds_cnn()
    return data[: len(data) * 2 // 3]


WELL_FORMED: dict[str, Callable[[], bytes]] = {
    "hybrid_fully_connected": hybrid_fully_connected,
    "unsupported_operators": unsupported_operators,
    "custom_operator": custom_operator,
    "float_normalisation": float_normalisation,
}
"""``plan`` succeeds on these, ``compile`` does not."""

BROKEN: dict[str, Callable[[], bytes]] = {"dynamic_shape": dynamic_shape, "truncated": truncated}
"""Both ``plan`` and ``compile`` refuse these."""
