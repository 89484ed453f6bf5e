"""Concatenations of which only single operands are read: the same bits in less memory, and which ones stay."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from brute_force import least_peak
from hypothesis import event, given, settings
from hypothesis import strategies as st
from models.network import Activation, Network
from same_results import check_results

from arenite.frontends.model import Model
from arenite.frontends.operators import PARTS
from arenite.frontends.rewrites.dissolve_concatenations import dissolve_concatenations
from arenite.frontends.rewrites.fold_concatenations import fold_concatenations
from arenite.frontends.tflite import parse_tflite
from arenite.frontends.to_graph import to_graph


def factors(net: Network, channels: int) -> int:
    data = net.random.randint(-128, 128, channels)
    return net.writer.tensor(f"factors_{net.count}", (channels,), scale=0.01, zero_point=4, data=data)


def scaled(net: Network, x: Activation, kind: str = "MUL", extents: int = 1) -> Activation:
    """By a constant for each channel, or by one for all; before it or behind it."""
    net.count += 1
    result = net._activated(kind.lower(), x.shape, x.rms, "RELU", None)
    constant = factors(net, x.shape[3] if extents == 1 else 1)
    inputs = [x.tensor, constant] if net.random.randint(2) else [constant, x.tensor]
    net.writer.operator(kind, inputs, [result.tensor], fused_activation_function="RELU")
    return result


def block(net: Network, x: Activation, kind: str = "MUL", extents: int = 1) -> Activation:
    """A layer of a DenseNet."""
    return net.concatenation([x, net.convolution(scaled(net, x, kind, extents), 3, (3, 3), like=x)])


def without(net: Network, image: Activation, outputs: Sequence[Activation]) -> Model:
    """The model without concatenations that nobody needs, which gives what TFLite gives."""
    data = net.finish([image], outputs)
    plain = parse_tflite(data, "test.tflite")
    model = fold_concatenations(dissolve_concatenations(plain))
    check_results(data, model)
    graph, before = to_graph(model), to_graph(plain)
    assert {index for step in graph.steps for index in step.source_ops} == {one.index for one in plain.operators}
    assert sum(step.macs for step in graph.steps) == sum(step.macs for step in before.steps)
    assert least_peak(graph) <= least_peak(before)
    return model


@pytest.mark.parametrize("kind", ["MUL", "ADD", "SUB"])
@pytest.mark.parametrize("extents", [0, 1])
def test_dense_blocks(kind: str, extents: int) -> None:
    net = Network("net", seed=1)
    image = net.input("image", (1, 5, 4, 3))
    x = net.convolution(image, 5)
    for _ in range(3):
        x = block(net, x, kind, extents)
    model = without(net, image, [net.convolution(x, 4)])
    assert [operator.kind for operator in model.operators] == [
        "CONV_2D",
        *([kind, "CONV_2D"] * 3),
        "CONCATENATION",
        "CONV_2D",
    ]
    assert [len(operator.attributes.get(PARTS, ())) for operator in model.operators] == [0, 0, 0, 2, 0, 3, 0, 4, 0]


def test_the_last_one_that_others_write_over_stays() -> None:
    """Its only reader may be computed in its place."""
    net = Network("net", seed=1)
    image = net.input("image", (1, 5, 4, 3))
    x = block(net, net.convolution(image, 5))
    model = without(net, image, [net.convolution(scaled(net, x), 4)])
    assert "CONCATENATION" in [operator.kind for operator in model.operators]


def test_model_output_and_other_readers_keep_it() -> None:
    for other in ("output", "pool"):
        net = Network("net", seed=1)
        image = net.input("image", (1, 5, 4, 3))
        x = block(net, net.convolution(image, 5))
        y = block(net, x)
        model = without(net, image, [y, x if other == "output" else net.pool("MAX_POOL_2D", x, (2, 2))])
        assert [operator.kind for operator in model.operators].count("CONCATENATION") == 2


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_the_least_peak_never_rises(data: st.DataObject) -> None:
    """Whatever else reads the tensors."""
    net = Network("net", seed=data.draw(st.integers(0, 9)))
    image = net.input("image", (1, 2, 2, data.draw(st.integers(1, 4))))
    known = [net.convolution(image, data.draw(st.integers(1, 5)))]
    for _ in range(data.draw(st.integers(1, 3))):
        x = data.draw(st.sampled_from(known))
        kind = data.draw(st.sampled_from(["block", "block", "block", "join", "scale"]))
        if kind == "block":
            made = block(net, known[-1])
        elif kind == "scale":
            made = net.quantize(scaled(net, x), like=known[0])
        else:
            made = net.concatenation([x, known[-1]])
        known.append(made)
    model = parse_tflite(net.finish([image], [known[-1]]), "test.tflite")
    changed = dissolve_concatenations(model)
    event(f"{len(model.operators) - len(changed.operators)} dissolved")
    assert least_peak(to_graph(changed)) <= least_peak(to_graph(model))
    assert least_peak(to_graph(fold_concatenations(changed))) <= least_peak(to_graph(model))
