"""PADs that convolutions do by themselves: bit for bit what TFLite computes with the PAD, and which PADs stay."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from kernel_harness import run_model
from models.network import Activation, Network
from models.writer import ModelWriter
from oracles import Reference
from same_results import check_results

from arenite.codegen.driver import verify_model
from arenite.frontends.model import Model
from arenite.frontends.operators import lower
from arenite.frontends.read import read_model
from arenite.frontends.rewrites.fold_pads import PADS, fold_pads
from arenite.frontends.tflite import parse_subgraphs, parse_tflite, read_tflite
from arenite.frontends.to_graph import to_graph
from arenite.planner import plan_graph

Pair = tuple[int, int]
NONE: Pair = (0, 0)
MODELS = Path(__file__).parent / "models"


def pad(net: Network, x: Activation, rows: Pair, columns: Pair, kind: str = "PAD", off: int = 0) -> Activation:
    """PADV2 fills with the zero point, ``off`` steps from it."""
    shape = (x.shape[0], sum(rows) + x.shape[1], sum(columns) + x.shape[2], x.shape[3])
    constants = [net.writer.tensor("paddings", (4, 2), "int32", data=[NONE, rows, columns, NONE])]
    if kind == "PADV2":
        fill = x.zero_point + off
        constants.append(net.writer.tensor("fill", (1,), scale=x.scale, zero_point=x.zero_point, data=[fill]))
    return net.same(kind, x, shape, *constants)


def source(net: Network, shape: Sequence[int] = (1, 7, 6, 4)) -> tuple[Activation, Activation]:
    """The model's input, and what a convolution makes of it: with a zero point that is neither 0 nor at an end."""
    image = net.input("image", shape)
    x = net.convolution(image, shape[3])
    assert x.zero_point not in (0, -128)
    return image, x


def pads_left(model: Model) -> int:
    return sum(operator.kind in PADS for operator in model.operators)


def folded(data: bytes, left: int = 0) -> Model:
    """The model after folding, which gives what TFLite gives; ``left`` PADs are still there."""
    plain = parse_tflite(data, "test.tflite")
    model = fold_pads(plain)
    assert pads_left(model) == left
    check_results(data, model)
    check_source_operators(plain, model)
    return model


def check_source_operators(plain: Model, model: Model) -> None:
    """Each operator stands with a step; a folded PAD with every step that does its work; arenas only get smaller."""
    graph = to_graph(model)
    named = [index for step in graph.steps for index in step.source_ops]
    assert set(named) == {operator.index for operator in plain.operators}
    gone = {operator.index for operator in plain.operators} - {operator.index for operator in model.operators}
    for operator in plain.operators:
        if operator.index in gone:
            hosts = {index for index, shared in model.shares.items() if operator.index in shared}
            steps = {step.name for step in graph.steps if operator.index in step.source_ops}
            assert len(steps) == len(hosts) > 0
            assert model.folded[operator.index] in hosts
    assert plan_graph(graph).arena_bytes <= plan_graph(to_graph(plain)).arena_bytes


@pytest.mark.parametrize("kind", ["convolution", "depthwise"])
@pytest.mark.parametrize("padding", ["VALID", "SAME"])
@pytest.mark.parametrize("stride", [(1, 1), (2, 2), (1, 3)])
@pytest.mark.parametrize(("rows", "columns"), [((0, 1), (0, 1)), ((1, 1), (1, 1)), ((2, 0), (1, 2)), ((0, 0), (0, 2))])
def test_results_are_the_same(kind: str, padding: str, stride: Pair, rows: Pair, columns: Pair) -> None:
    net = Network("net", seed=1)
    image, x = source(net)
    x = pad(net, x, rows, columns)
    if kind == "depthwise":
        y = net.depthwise(x, (3, 3), stride=stride, padding=padding)
    else:
        y = net.convolution(x, 3, (3, 4), stride=stride, padding=padding)
    data = net.finish([image], [y])
    left = pads_left(fold_pads(parse_tflite(data, "test.tflite")))
    # SAME pads once more: where a side gets too much of it, a window would lie in the padding only.
    assert left == 0 or (padding == "SAME" and max(*rows, *columns) > (1 if kind == "depthwise" else 0))
    folded(data, left)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_padding_is_exact_or_stays(data: st.DataObject) -> None:
    def pair(low: int, high: int) -> Pair:
        return data.draw(st.integers(low, high)), data.draw(st.integers(low, high))

    net = Network("net", seed=3)
    x = image = net.input("image", (1, *pair(1, 6), 2))
    for _ in range(data.draw(st.integers(1, 2))):
        x = pad(net, x, pair(0, 2), pair(0, 2))
    kernel = (
        data.draw(st.integers(min(2, x.shape[1]), min(4, x.shape[1]))),
        data.draw(st.integers(1, min(4, x.shape[2]))),
    )
    dilation = (1, data.draw(st.sampled_from([1, 1, 2])) if 2 * kernel[1] <= x.shape[2] else 1)
    options = {"stride": pair(1, 3), "padding": data.draw(st.sampled_from(["SAME", "VALID"]))}
    if data.draw(st.booleans()):
        y = net.depthwise(x, kernel, multiplier=data.draw(st.integers(1, 2)), **options)
    else:
        y = net.convolution(x, 5, kernel, dilation=dilation, **options)
    model = net.finish([image], [y])
    left = pads_left(fold_pads(parse_tflite(model, "test.tflite")))
    event(f"{left} PADs left")
    folded(model, left)


def test_padv2_with_the_zero_point() -> None:
    net = Network("net", seed=1)
    image, x = source(net)
    y = net.convolution(pad(net, x, (1, 0), (0, 2), "PADV2"), 3, (3, 3), padding="VALID")
    (_, convolution) = folded(net.finish([image], [y])).operators
    assert convolution.attributes["explicit_padding"] == ((1, 0), (0, 2))


def test_two_readers() -> None:
    net = Network("net", seed=1)
    image, x = source(net)
    x = pad(net, x, (1, 1), (2, 1))
    a = net.convolution(x, 3, (3, 3), padding="VALID")
    b = net.depthwise(x, (3, 3), stride=(2, 2), padding="VALID")
    model = folded(net.finish([image], [a, b]))
    assert model.shares == {2: (1,), 3: (1,)}
    assert model.folded == {1: 2}
    assert [step.source_ops for step in to_graph(model).steps] == [(0,), (1, 2), (1, 3)]


def test_what_a_pad_stood_for_goes_with_it() -> None:
    """Nodes of an ONNX file that the frontend joined to its Pad."""
    net = Network("net", seed=1)
    image, x = source(net)
    x = pad(net, x, (1, 1), (2, 1))
    outputs = [net.convolution(x, 3, (3, 3), padding="VALID"), net.depthwise(x, (3, 3), padding="VALID")]
    plain = parse_tflite(net.finish([image], outputs), "test.tflite")
    model = fold_pads(replace(plain, shares={1: (7, 8), 3: (9,)}, folded={10: 1, 11: 0}))
    assert model.shares == {2: (1, 7, 8), 3: (9, 1, 7, 8)}
    assert model.folded == {1: 2, 10: 2, 11: 0}
    assert [step.source_ops for step in to_graph(model).steps] == [(0, 11), (1, 2, 7, 8, 10), (1, 3, 7, 8, 9)]


def test_two_pads_in_a_row() -> None:
    net = Network("net", seed=1)
    image, x = source(net)
    x = pad(net, pad(net, x, (1, 0), (0, 0)), (1, 1), (1, 0), "PADV2")
    model = folded(net.finish([image], [net.convolution(x, 3, (4, 3), padding="VALID")]))
    assert model.operators[1].attributes["explicit_padding"] == ((2, 1), (1, 0))
    assert model.shares == {3: (2, 1)}
    assert model.folded == {2: 3, 1: 3}


def test_the_first_of_two_pads_stays_where_it_has_another_reader() -> None:
    net = Network("net", seed=1)
    image, x = source(net)
    once = pad(net, x, (1, 0), (0, 0))
    twice = pad(net, once, (0, 1), (1, 1))
    y = net.convolution(twice, 4, (3, 3), padding="VALID")
    model = folded(net.finish([image], [y, net.pool("MAX_POOL_2D", once, (2, 2))]), left=1)
    assert model.shares == {3: (2,)}


def test_model_input_is_padded() -> None:
    net = Network("net", seed=1)
    image = net.input("image", (1, 8, 8, 3))
    y = net.convolution(pad(net, image, (0, 1), (0, 1)), 4, (3, 3), stride=(2, 2), padding="VALID")
    model = folded(net.finish([image], [y]))
    assert [step.source_ops for step in to_graph(model).steps] == [(0, 1)]


@pytest.mark.parametrize(
    ("rows", "columns", "kernel"),
    [
        ((1, 1), (1, 1), "arenite_depthwise_conv2d_3x3_s8"),
        ((0, 1), (1, 0), "arenite_depthwise_conv2d_3x3_s8"),
        ((2, 0), (1, 1), "arenite_depthwise_conv2d_s8"),
        ((1, 1), (1, 2), "arenite_depthwise_conv2d_s8"),
    ],
)
def test_kernel_for_3x3_takes_one_row_of_padding(rows: Pair, columns: Pair, kernel: str) -> None:
    net = Network("net", seed=1)
    image, x = source(net)
    y = net.depthwise(pad(net, x, rows, columns), (3, 3), padding="VALID")
    model = folded(net.finish([image], [y]))
    (call,) = lower(model, model.operators[-1]).calls
    assert call.kernel == kernel


@pytest.mark.parametrize(("rows", "columns"), [((3, 0), (0, 0)), ((0, 0), (0, 4)), ((5, 5), (5, 5))])
def test_as_much_padding_as_the_kernel_stays(rows: Pair, columns: Pair) -> None:
    net = Network("net", seed=1)
    image, x = source(net)
    folded(net.finish([image], [net.convolution(pad(net, x, rows, columns), 3, (3, 3), padding="VALID")]), left=1)


def test_another_value_stays() -> None:
    net = Network("net", seed=1)
    image, x = source(net)
    x = pad(net, x, (1, 1), (1, 1), "PADV2", off=1)
    folded(net.finish([image], [net.convolution(x, 3, (3, 3), padding="VALID")]), left=1)


def test_model_output_stays() -> None:
    net = Network("net", seed=1)
    image, x = source(net)
    x = pad(net, x, (1, 1), (1, 1))
    folded(net.finish([image], [net.convolution(x, 3, (3, 3), padding="VALID"), x]), left=1)


def test_pad_without_a_reader_stays() -> None:
    net = Network("net", seed=1)
    image, x = source(net)
    pad(net, x, (1, 1), (1, 1))
    folded(net.finish([image], [x]), left=1)


@pytest.mark.parametrize("kind", ["AVERAGE_POOL_2D", "MAX_POOL_2D", "ADD", "RESHAPE"])
def test_other_readers_keep_it(kind: str) -> None:
    net = Network("net", seed=1)
    image, x = source(net)
    x = pad(net, x, (1, 1), (1, 1))
    if kind == "ADD":
        other = net.add(x, x)
    elif kind == "RESHAPE":
        other = net.reshape(x, (1, int(np.prod(x.shape))))
    else:
        other = net.pool(kind, x, (2, 2))
    folded(net.finish([image], [net.convolution(x, 3, (3, 3), padding="VALID"), other]), left=1)


@pytest.mark.parametrize("paddings", [[(0, 0), (1, 1), (1, 1), (0, 1)], [(1, 0), (1, 1), (1, 1), (0, 0)]])
def test_padded_batches_and_channels_stay(paddings: list[Pair]) -> None:
    net = Network("net", seed=1)
    image, x = source(net)
    x = net.pad(x, paddings)
    y = net.convolution(x, 3, (3, 3), padding="VALID")
    model = parse_tflite(net.finish([image], [y]), "test.tflite")
    assert fold_pads(model) is model


def test_padded_channels_of_a_depthwise_convolution_stay() -> None:
    """Its weights would fit without the PAD as well, two channels of them to one of the input."""
    net = Network("net", seed=1)
    image, x = source(net)
    x = net.pad(x, [(0, 0), (1, 1), (1, 1), (0, 4)])
    folded(net.finish([image], [net.depthwise(x, (3, 3), padding="VALID")]), left=1)


@pytest.mark.parametrize(("scale", "zero_point"), [(0.05, 4), (0.06, 3)])
def test_change_of_quantisation_stays(scale: float, zero_point: int) -> None:
    writer = ModelWriter()
    x = writer.tensor("x", (1, 4, 4, 1), scale=0.05, zero_point=3)
    paddings = writer.tensor("paddings", (4, 2), "int32", data=[NONE, (1, 1), (1, 1), NONE])
    padded = writer.tensor("padded", (1, 6, 6, 1), scale=scale, zero_point=zero_point)
    weights = writer.tensor("weights", (1, 3, 3, 1), scale=[0.1], data=np.arange(9))
    y = writer.tensor("y", (1, 4, 4, 1), scale=0.5, zero_point=0)
    writer.operator("PAD", [x, paddings], [padded])
    options = {"dilation_h_factor": 1, "dilation_w_factor": 1, "stride_h": 1, "stride_w": 1, "padding": "VALID"}
    writer.operator("CONV_2D", [padded, weights], [y], **options)
    model = parse_tflite(writer.finish([x], [y]), "test.tflite")
    assert fold_pads(model) is model


def float_model(weights: np.ndarray, fill: float | None = None) -> bytes:
    writer = ModelWriter()
    x = writer.tensor("x", (1, 5, 4, 2), "float32")
    inputs = [x, writer.tensor("paddings", (4, 2), "int32", data=[NONE, (0, 1), (2, 1), NONE])]
    if fill is not None:
        inputs.append(writer.tensor("fill", (1,), "float32", data=[fill]))
    padded = writer.tensor("padded", (1, 6, 7, 2), "float32")
    constants = [writer.tensor("weights", weights.shape, "float32", data=weights)]
    constants.append(writer.tensor("bias", (len(weights),), "float32", data=np.arange(len(weights))))
    y = writer.tensor("y", (1, 4, 5, len(weights)), "float32")
    writer.operator("PAD" if fill is None else "PADV2", inputs, [padded])
    options = {"dilation_h_factor": 1, "dilation_w_factor": 1, "stride_h": 1, "stride_w": 1, "padding": "VALID"}
    writer.operator("CONV_2D", [padded, *constants], [y], **options)
    return writer.finish([x], [y])


def test_float() -> None:
    generator = np.random.default_rng(0)
    data = float_model(generator.normal(0, 1, (3, 3, 3, 2)))
    model = fold_pads(parse_tflite(data, "test.tflite"))
    assert [operator.kind for operator in model.operators] == ["CONV_2D"]
    value = generator.normal(0, 1, (1, 5, 4, 2)).astype(np.float32)
    (output,) = model.outputs
    np.testing.assert_allclose(
        run_model(model, [value])[output], Reference(data).run([value])[output], rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize(("weight", "fill"), [(1.0, 0.5), (1.0, -0.0), (np.inf, None), (np.nan, 0.0)])
def test_float_that_is_not_the_same_stays(weight: float, fill: float | None) -> None:
    model = parse_tflite(float_model(np.full((3, 3, 3, 2), weight), fill), "test.tflite")
    assert fold_pads(model) is model


def test_operators_without_kernels_keep_it() -> None:
    writer = ModelWriter()
    q = {"scale": 0.05, "zero_point": 3}
    x = writer.tensor("x", (1, 4, 4, 1), "int32", scale=0.05)
    paddings = writer.tensor("paddings", (4, 2), "int32", data=[NONE, (1, 1), (1, 1), NONE])
    padded = writer.tensor("padded", (1, 6, 6, 1), "int32", scale=0.05)
    weights = writer.tensor("weights", (1, 3, 3, 1), scale=[0.1], data=np.arange(9))
    y = writer.tensor("y", (1, 4, 4, 1), "int32", **{**q, "zero_point": 0})
    writer.operator("PAD", [x, paddings], [padded])
    writer.operator("CONV_2D", [padded, weights], [y], padding="VALID", stride_h=1, stride_w=1)
    model = parse_tflite(writer.finish([x], [y]), "test.tflite")
    assert fold_pads(model) is model


def test_every_path_but_the_rewriting_of_files_folds() -> None:
    file = MODELS / "mobilenet_block.tflite"
    assert pads_left(read_tflite(file)) == pads_left(read_model(file)) == 0
    assert pads_left(parse_subgraphs(file.read_bytes(), str(file))[0]) == 1
    assert read_model(MODELS / "resnet_block.tflite").folded == {}


@pytest.mark.skipif(not shutil.which("cc") or not shutil.which("cmake"), reason="needs cc and cmake")
def test_generated_code_agrees_with_tflite() -> None:
    pytest.importorskip("tvm", reason="projects are made by TVM")
    pytest.importorskip("ai_edge_litert", reason="the oracle needs ai-edge-litert")
    result = verify_model(MODELS / "mobilenet_block.tflite", cpu="host", on="host", samples=2, layers=True)
    assert (result["mismatches"], result["layer_mismatches"]) == (0, 0)
    assert result["layer_values"] > 0
