"""nn.pad before convolutions in Relay: they do it by themselves, where it fills with the zero point."""

from __future__ import annotations

import numpy as np
import pytest
from kernel_harness import sample_of
from models.network import Activation, Network
from oracles import Reference

pytest.importorskip("tvm.relay", reason="needs a TVM with Relay: make relay-env")

from relay.quantised_models import import_tflite, interpret

from arenite.frontends.tflite import parse_tflite
from arenite.passes.relay.quantised import lower_quantised
from arenite.passes.relay.quantised.find import find

ONE = [(0, 0), (0, 1), (1, 0), (0, 0)]
WIDE = [(0, 0), (0, 3), (0, 0), (0, 0)]


def kinds_of(data: bytes) -> list[str]:
    """What is found, after results were compared with TFLite's, bit for bit."""
    model = parse_tflite(data, "test.tflite")
    module = import_tflite(data)
    findings = find(module["main"].body)
    reference, generator = Reference(data), np.random.default_rng(5)
    for sample in range(3):
        inputs = [sample_of(model.tensors[index], sample, generator) for index in model.inputs]
        expected = reference.run(inputs)
        names = [model.tensors[index].name for index in model.inputs]
        outputs = interpret(module["main"].body, findings, dict(zip(names, inputs, strict=True)))
        for index, output in zip(model.outputs, outputs, strict=True):
            np.testing.assert_array_equal(output, expected[index])
    _, report = lower_quantised(module)
    assert report.left == ()
    return [match.kind for match in report.matched]


def source(net: Network) -> tuple[Activation, Activation]:
    image = net.input("image", (1, 7, 6, 4))
    return image, net.convolution(image, 4)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_all_readers_pad(padding: str) -> None:
    net = Network("net", seed=1)
    image, x = source(net)
    x = net.pad(x, ONE)
    a = net.convolution(x, 3, (3, 3), padding=padding)
    b = net.depthwise(x, (3, 3), stride=(2, 2), padding="VALID", activation="RELU6")
    assert sorted(kinds_of(net.finish([image], [a, b]))) == ["CONV_2D", "CONV_2D", "DEPTHWISE_CONV_2D"]


def test_report_names_the_pad() -> None:
    net = Network("net", seed=1)
    image = net.input("image", (1, 7, 6, 4))
    y = net.convolution(net.pad(image, ONE), 3, (3, 3), padding="VALID")
    _, report = lower_quantised(import_tflite(net.finish([image], [y])))
    (match,) = report.matched
    assert match.replaced == ("nn.pad", "qnn.conv2d", "nn.bias_add", "qnn.requantize")


@pytest.mark.parametrize("case", ["another value", "too wide", "another reader", "output"])
def test_pad_stays(case: str) -> None:
    net = Network("net", seed=1)
    image, x = source(net)
    x = net.pad(x, WIDE if case == "too wide" else ONE, "PADV2" if case == "another value" else "PAD")
    outputs = [net.convolution(x, 3, (3, 3), padding="VALID")]
    if case == "another reader":
        outputs.append(net.pool("MAX_POOL_2D", x, (2, 2)))
    if case == "output":
        outputs.append(x)
    assert kinds_of(net.finish([image], outputs)).count("PADV2") == 1


@pytest.mark.parametrize("readers", [1, 2])
def test_two_pads_in_a_row(readers: int) -> None:
    net = Network("net", seed=1)
    image, x = source(net)
    x = net.pad(net.pad(x, ONE), [(0, 0), (1, 0), (0, 1), (0, 0)])
    outputs = [net.convolution(x, 3, (3, 3), padding="VALID") for _ in range(readers)]
    assert kinds_of(net.finish([image], outputs)) == ["CONV_2D"] * (1 + readers)
