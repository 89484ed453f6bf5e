"""Conv and pooling: windows over height and width, channels last. One spatial axis counts as height."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Quantisation
from arenite.frontends.onnx.builder import Builder, NotConverted
from arenite.frontends.onnx.conversions.common import ONCE, activation_of
from arenite.frontends.onnx.graph import Node
from arenite.frontends.onnx.layout import Order, channels_last
from arenite.frontends.onnx.resample import MAX_EXTENT, sampling, taps

Pads = tuple[tuple[int, int], tuple[int, int]]


def convolution(builder: Builder, node: Node) -> None:
    weights_name = node.inputs[1]
    if not builder.is_constant(weights_name):
        raise NotConverted("the weights are computed")
    weights = builder.graph.constants[weights_name]
    shape, result = _four(builder.shape(node.inputs[0])), _four(builder.shape(node.outputs[0]))
    outputs, depth = weights.shape[:2]
    kernel = _two(weights.shape[2:])
    groups = int(node.get("group", 1))
    if weights.dtype not in (np.float32, np.int8) or depth * groups != shape[1]:
        raise NotConverted("weights of another type, or of another depth than the input")
    strides, dilations = _two(node.get("strides")), _two(node.get("dilations"))
    pads = _pads(node, shape[2:], kernel, strides, dilations, result[2:])
    biased = len(node.inputs) > 2 and bool(node.inputs[2])
    if biased and not builder.is_constant(node.inputs[2]):
        raise NotConverted("the bias is computed")
    source = _read(builder, node.inputs[0])
    of_kernel = weights.reshape(outputs, depth, *kernel)
    value = builder.graph.values.get(weights_name)
    quantisation = value.quantisation if value else None
    depthwise = groups > 1 and depth == 1
    if depthwise:
        # TFLite counts output channels along the last axis: [1, height, width, channel * multiplier].
        array = of_kernel.transpose(1, 2, 3, 0)
        if quantisation is not None and quantisation.per_channel:
            quantisation = type(quantisation)(quantisation.scales, quantisation.zero_points, 3)
    else:
        array = of_kernel.transpose(0, 2, 3, 1)
    inputs = [source, builder.constant(array, weights_name, quantisation)]
    if biased:
        inputs.append(builder.constant(builder.graph.constants[node.inputs[2]].reshape(-1), node.inputs[2]))
    attributes: dict[str, Any] = {
        "padding": "VALID",
        "explicit_padding": pads,
        "stride_h": strides[0],
        "stride_w": strides[1],
        "dilation_h_factor": dilations[0],
        "dilation_w_factor": dilations[1],
        "fused_activation_function": activation_of(builder, node),
        **ONCE,
    }
    if depthwise:
        attributes["depth_multiplier"] = outputs // groups
    output = _write(builder, node.outputs[0])
    builder.operator("DEPTHWISE_CONV_2D" if depthwise else "CONV_2D", inputs, (output,), attributes, node)


def pool(builder: Builder, node: Node) -> None:
    if len([name for name in node.outputs if name]) != 1 or int(node.get("storage_order", 0)):
        raise NotConverted("it gives indices too")
    shape, result = _four(builder.shape(node.inputs[0])), _four(builder.shape(node.outputs[0]))
    kernel, strides, dilations = (_two(node.get(name)) for name in ("kernel_shape", "strides", "dilations"))
    if dilations != (1, 1) and builder.graph.dtype(node.inputs[0]) != "float32":
        raise NotConverted("the window on integers is dilated")
    pads = _pads(node, shape[2:], kernel, strides, dilations, result[2:])
    counted = bool(node.get("count_include_pad", 0))
    if node.kind == "AveragePool" and counted and pads != _given_pads(node, shape[2:], kernel, strides, dilations):
        raise NotConverted("the last windows reach beyond the padding that counts")
    if any(before >= extent or after >= extent for (before, after), extent in zip(pads, kernel, strict=True)):
        raise NotConverted("a window lies in the padding")
    _pool(builder, node, kernel, strides, pads, counted and any(sum(pair) for pair in pads), dilations)


def global_maximum(builder: Builder, node: Node) -> None:
    kernel = _four(builder.shape(node.inputs[0]))[2:]
    _pool(builder, node, (kernel[0], kernel[1]), (1, 1), ((0, 0), (0, 0)), False)


def _pool(
    builder: Builder,
    node: Node,
    kernel: tuple[int, int],
    strides: tuple[int, int],
    pads: Pads,
    counted: bool,
    dilations: tuple[int, int] = (1, 1),
) -> None:
    kind = "AVERAGE_POOL_2D" if node.kind == "AveragePool" else "MAX_POOL_2D"
    attributes: dict[str, Any] = {
        "padding": "VALID",
        "explicit_padding": pads,
        "filter_height": kernel[0],
        "filter_width": kernel[1],
        "stride_h": strides[0],
        "stride_w": strides[1],
        "fused_activation_function": activation_of(builder, node),
        "count_include_pad": counted,
        **ONCE,
    }
    if dilations != (1, 1):
        attributes |= {"dilation_h_factor": dilations[0], "dilation_w_factor": dilations[1]}
    source = _read(builder, node.inputs[0])
    builder.operator(kind, (source,), (_write(builder, node.outputs[0]),), attributes, node)


def global_average(builder: Builder, node: Node) -> None:
    source = _read(builder, node.inputs[0])
    axes = builder.constant(np.array([1, 2], np.int32), "axes")
    output = _write(builder, node.outputs[0])
    builder.operator("MEAN", (source, axes), (output,), {"keep_dims": True, **ONCE}, node)


def local_response(builder: Builder, node: Node) -> None:
    if builder.graph.dtype(node.inputs[0]) != "float32":
        raise NotConverted("it is not float32")
    attributes = {
        "size": int(node.get("size")),
        "alpha": float(node.get("alpha", 1e-4)),
        "beta": float(node.get("beta", 0.75)),
        "bias": float(node.get("bias", 1.0)),
    }
    source = _read(builder, node.inputs[0])
    builder.operator("LRN", (source,), (_write(builder, node.outputs[0]),), attributes, node)


def resize(builder: Builder, node: Node) -> None:
    name = node.inputs[0]
    shape, result = builder.shape(name), builder.shape(node.outputs[0])
    try:
        how = sampling(node, builder.graph.opset)
    except NotLowered as reason:
        raise NotConverted(str(reason)) from None
    rounding = node.get("rounding")
    interpolates = how.mode != "nearest" and builder.graph.dtype(name) != "float32"
    if len(shape) != 4 or shape[:2] != result[:2] or how.mode == "cubic" or node.get("axes") is not None:
        raise NotConverted("it resizes other axes, or by splines")
    if interpolates and rounding is None:
        raise NotConverted("it interpolates integers that stand for nothing else")
    if max(result) > MAX_EXTENT:
        raise NotConverted(f"it makes {max(result)} elements along an axis")
    factors = _factors(builder, node) or [new / old for new, old in zip(result, shape, strict=True)]
    attributes: dict[str, Any] = {}
    for axis, what in ((2, "row"), (3, "column")):
        index, weights = taps(how, shape[axis], result[axis], factors[axis])
        attributes |= {f"{what}s": index, f"{what}_weights": weights}
    source, output = _read(builder, name), _write(builder, node.outputs[0])
    if not interpolates:
        builder.operator("RESIZE", (source,), (output,), attributes, node)
        return
    # On the stored integers themselves: they are reals of scale 1 for as long.
    whole = Quantisation((1.0,), (0,))
    shapes = [builder.tensors[index].shape for index in (source, output)]
    stored = builder.tensor(name, shapes[0], "int8", whole)
    builder.operator("RESHAPE", (source, builder.constant(np.array(shapes[0], np.int32))), (stored,), waits=True)
    real, resized = (builder.tensor(name, shape, "float32") for shape in shapes)
    cut = builder.tensor(name, shapes[1], "int8", whole)
    builder.operator("DEQUANTIZE", (stored,), (real,), ONCE)
    builder.operator("RESIZE", (real,), (resized,), attributes, node)
    builder.operator("QUANTIZE", (resized,), (cut,), {**ONCE, "rounding": rounding})
    builder.operator("RESHAPE", (cut, builder.constant(np.array(shapes[1], np.int32))), (output,), waits=True)


def _factors(builder: Builder, node: Node) -> list[float] | None:
    """Those that the file gives, which decide where elements lie even if they do not divide."""
    place = 2 if node.kind == "Resize" and builder.graph.opset > 10 else 1
    name = node.inputs[place] if len(node.inputs) > place else ""
    constant = builder.graph.constants.get(name)
    given = node.get("scales") if constant is None else constant.reshape(-1).tolist()
    if name and constant is None:
        raise NotConverted("the factors are computed")
    return [float(factor) for factor in given] if given is not None and len(given) == 4 else None


def channels_last_order(builder: Builder, name: str) -> Order:
    return channels_last(builder.shape(name))


def _read(builder: Builder, name: str) -> int:
    if builder.graph.dtype(name) not in ("float32", "int8"):
        raise NotConverted("it is neither float32 nor int8")
    shape = _four(builder.shape(name))
    return builder.read(name, channels_last_order(builder, name), (shape[0], shape[2], shape[3], shape[1]))


def _write(builder: Builder, name: str) -> int:
    shape = _four(builder.shape(name))
    return builder.value(name, (shape[0], shape[2], shape[3], shape[1]), channels_last_order(builder, name))


def _four(shape: Sequence[int]) -> tuple[int, int, int, int]:
    """NCHW; of three axes the last one is height."""
    if len(shape) not in (3, 4):
        raise NotConverted(f"{len(shape)} axes")
    return (shape[0], shape[1], shape[2], shape[3] if len(shape) == 4 else 1)


def _two(values: Sequence[int] | None) -> tuple[int, int]:
    """Along height and width; 1 where nothing is given."""
    given = [int(value) for value in values or ()]
    if len(given) > 2 or any(value < 1 for value in given):
        raise NotConverted(f"windows with {given}")
    first, second = [*given, 1, 1][:2]
    return first, second


def _given_pads(
    node: Node, extents: Sequence[int], kernel: Sequence[int], strides: Sequence[int], dilations: Sequence[int]
) -> Pads:
    """Elements of padding before and after, as attributes say it."""
    mode = node.get("auto_pad", "NOTSET")
    if mode in ("SAME_UPPER", "SAME_LOWER"):
        pairs = []
        for axis in (0, 1):
            count = -(-extents[axis] // strides[axis])
            reach = (kernel[axis] - 1) * dilations[axis] + 1
            total = max((count - 1) * strides[axis] + reach - extents[axis], 0)
            less, more = total // 2, total - total // 2
            pairs.append((less, more) if mode == "SAME_UPPER" else (more, less))
        return (pairs[0], pairs[1])
    given = [int(value) for value in node.get("pads") or ()] if mode != "VALID" else []
    if not given:
        return ((0, 0), (0, 0))
    half = len(given) // 2
    before, after = (*given[:half], 0)[:2], (*given[half:], 0)[:2]
    return ((before[0], after[0]), (before[1], after[1]))


def _pads(
    node: Node,
    extents: Sequence[int],
    kernel: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
    counts: Sequence[int],
) -> Pads:
    """Padding with which there are exactly ``counts`` windows: with ``ceil_mode`` the last may need more after it."""
    given = _given_pads(node, extents, kernel, strides, dilations)
    if min(min(pair) for pair in given) < 0:
        raise NotConverted("the padding is negative")
    pairs = []
    for axis, (before, after) in enumerate(given):
        reach = (kernel[axis] - 1) * dilations[axis] + 1
        fewer = (before + extents[axis] + after - reach) // strides[axis] + 1 < counts[axis]
        needed = (counts[axis] - 1) * strides[axis] + reach - extents[axis] - before
        pairs.append((before, max(after, needed) if fewer else after))
    return (pairs[0], pairs[1])
