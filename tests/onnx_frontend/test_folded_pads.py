"""Pad before Conv in ONNX files: the convolution does it, where it fills with zero; against ONNX Runtime."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnxruntime", reason="the oracle of ONNX models")

from onnx_frontend.onnx_nets import Net, check_float, kinds, steps_off

from arenite.frontends.to_graph import to_graph

PADS = np.array([0, 0, 1, 0, 0, 0, 2, 1])
SCALE = 0.0413


def test_float_convolution_pads() -> None:
    net = Net()
    x = net.node("Relu", net.node("Conv", net.input((1, 3, 6, 6)), net.floats(4, 3, 1, 1)))
    x = net.node("Pad", x, net.constant(PADS))
    found = check_float(net.finish(net.node("Conv", x, net.floats(5, 4, 3, 3), pads=[1, 1, 0, 1], strides=[2, 1])))
    assert kinds(found) == ["CONV_2D", "CONV_2D"]
    assert found.operators[-1].attributes["explicit_padding"] == ((2, 2), (1, 2))


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
@pytest.mark.parametrize("group", [1, 4])
@pytest.mark.parametrize("filling", [0.0, 20 * SCALE])
def test_quantised_convolution_pads_with_zero(dtype: str, group: int, filling: float) -> None:
    net = Net(dtype)
    x = net.stored(net.input((1, 3, 6, 6)))
    x = net.stored(net.node("Conv", x, net.weights((4, 3, 1, 1))), SCALE, -7)
    x = net.stored(net.node("Pad", x, net.constant(PADS), net.constant(np.float32(filling))), SCALE, -7)
    convolutions = [net.node("Conv", x, net.weights((4, 4 // group, 3, 3)), group=group, strides=[1, 2]) for _ in "ab"]
    model = net.finish(net.stored(net.node("Add", *(net.stored(each, SCALE) for each in convolutions)), SCALE))
    off, found = steps_off(model, SCALE)
    assert off <= 1
    assert len([kind for kind in kinds(found) if kind.startswith("PAD")]) == bool(filling)
    named = {index for step in to_graph(found).steps for index in step.source_ops}
    assert named == set(range(len(model.graph.node)))
    if not filling:
        (pad,) = (index for index, node in enumerate(model.graph.node) if node.op_type == "Pad")
        assert len([step for step in to_graph(found).steps if pad in step.source_ops]) == 2
