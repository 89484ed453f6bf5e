"""What the instructions of a call grow with: what ``frontends.bodies.features`` counts, and what the layer's activation
and the constants say besides."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from arenite.estimation.direct_features import direct_features
from arenite.estimation.other_features import ELEMENTS, few_channels, moved_runs, other_features
from arenite.estimation.segment_features import segment_features
from arenite.frontends.bodies.features import features_of
from arenite.frontends.bodies.pair_weights import MAX_EXPONENT
from arenite.frontends.bodies.repack import filters, scales
from arenite.frontends.bodies.runs import RECORD_BYTES
from arenite.frontends.lowering import Call, sizes_of
from arenite.frontends.operators.float32.tensors import float_bits

Layer = Mapping[str, int]
FLAGS = ("by_rows", "pixels", "ties_away", "gathered", "depth_multiplier", "groups")
"""Fields of layers on which it depends what is executed: calls that differ in them are fitted apart."""
PLAIN_SHIFT = 23
"""With larger shifts the kernel for sums takes its general loop."""
NEST = "loops"
"""The constant of kernels that move elements."""
OWN_PLACES = "places"
"""The constant of kernels that compute some output channels of those of an operator."""
LOW, HIGH = -128, 127
INFINITE = float_bits(-math.inf), float_bits(math.inf)
"""Bounds of activations that clamp nothing, of int8 and of float32."""
PRODUCTS = ("product", "four", "tap", "vector")
"""Words of the names of what kernels for Armv6-M leave out for channels without weights, as those that fill up are."""


def variant(call: Call, *, rows: bool = False) -> str:
    """Of calls of one kernel that do the same things, as often as ``work`` says: empty or ``by_rows=1,pixels=2``.

    ``rows``: it is computed row by row.
    """
    layer = call.layer
    found = {name: min(layer[name], 2) for name in FLAGS if name in layer}
    if "chunk" in layer:
        found["parts"] = int(layer["chunk"] < layer["kernel_rows"] * layer["kernel_columns"] * layer["input_channels"])
    if "depth_multiplier" in layer:
        found["column"] = int(layer["kernel_columns"] == 1 and layer["pad_left"] == 0)
    if "exact_gain" in layer:
        found["plain"] = int(_is_plain(layer))
    if NEST in call.constants:
        found["bytes"] = layer["bytes"] if layer["bytes"] in ELEMENTS else 0
    if "filter" in layer:
        found["turned"] = int(not rows and _turned(layer) is not layer)
    return ",".join(f"{name}={value}" for name, value in found.items())


def work(call: Call, inputs: int, outputs: int, *, rows: bool = False) -> dict[str, float]:
    """How often things are done in one call, by the name of the thing.

    Args:
        inputs: elements that the call reads, without constants.
        outputs: elements that it writes.
        rows: it is computed row by row.
    """
    if "filter" in call.layer and not rows:
        call = replace(call, layer=_turned(call.layer))
    layer = call.layer
    if NEST in call.constants:
        return moved_runs(layer, call.constants[NEST].astype(np.int64).reshape(-1, 3).tolist())
    if OWN_PLACES in call.constants and "kernel_rows" in layer:
        return few_channels(layer)
    counts = other_features(layer) or direct_features(layer) or segment_features(call.kernel, layer)
    if counts is None:
        try:
            counts = features_of(call.kernel, layer)
        except (ValueError, KeyError):
            return _moved(layer, inputs, outputs)
        if {"output_columns", "output_channels"} <= layer.keys():
            counts |= _convolution(call, rows)
        elif "output_columns" in layer:
            counts |= _window(layer, outputs)
        elif "inputs" in layer:
            counts |= _rest(layer)
    if _clamps(layer) and not call.kernel.endswith("_s16"):
        # Kernels for int16 always clamp.
        counts["clamped"] = outputs
    return _without_constant_channels(call, counts)


def _rest(layer: Layer) -> dict[str, float]:
    """Of a matrix product: what is left of fours of inputs."""
    fours, rest = layer["rows"] * -(-layer["outputs"] // 4), layer["inputs"] % 4
    return {"rest of four": fours * (rest > 0), "rest product": fours * rest}


def _is_plain(layer: Layer) -> bool:
    """Whether the portable kernel for sums adds vectors that lie side by side, and clamps nothing."""
    together = layer["a_channel_stride"] == layer["b_channel_stride"] == 1 and not _clamps(layer)
    gains = min(layer["exact_gain"], layer["scaled_gain"])
    return together and gains > 0 and 0 < layer["output_shift"] <= PLAIN_SHIFT


def _clamps(layer: Layer) -> bool:
    if "activation_low" in layer:
        return (layer["activation_low"], layer["activation_high"]) != INFINITE
    return layer.get("activation_min", LOW) > LOW or layer.get("activation_max", HIGH) < HIGH


def _moved(layer: Layer, inputs: int, outputs: int) -> dict[str, float]:
    """Of operators that take every element once."""
    rows = max((layer[name] for name in ("rows", "output_rows", "outer") if name in layer), default=1)
    pixels = layer.get("batches", 1) * rows * layer.get("output_columns", 0)
    return {"call": 1, "row": rows, "pixel": pixels, "input": inputs, "output": outputs}


def _without_constant_channels(call: Call, counts: dict[str, float]) -> dict[str, float]:
    live = live_share(call)
    if live == 1:
        return counts
    return {
        name: count * live if any(word in PRODUCTS for word in name.split()) else count
        for name, count in counts.items()
    }


def live_share(call: Call) -> float:
    """Of output channels, those with weights, where kernels skip the others: on Armv6-M, unless they round once."""
    if "_v6m_" not in call.kernel or "_once_" in call.kernel or "channels" not in call.constants:
        return 1
    weights = filters(call)
    # Few rows begin with a zero, which are looked at as a whole.
    zeros = weights[:, 0] == 0
    without = int(np.count_nonzero(~weights[zeros].any(axis=1))) if zeros.any() else 0
    return (len(weights) - without) * RECORD_BYTES / sizes_of(call.constants)["channels"]


def _convolution(call: Call, by_rows: bool) -> dict[str, float]:
    layer = call.layer
    lines, columns = layer["batches"] * layer["output_rows"], layer["output_columns"]
    if not by_rows and _is_run(layer):
        # All pixels are one row.
        narrow = layer["input_columns"] == 1
        lines, columns = (layer["batches"], layer["output_rows"]) if narrow else (1, lines * columns)
    depth = layer["input_channels"] // layer.get("groups", 1)
    taps = layer.get("kernel_rows", 3) * layer.get("kernel_columns", 3)
    elements, fours = -(-taps * depth // 4) * 4, -(-layer["output_channels"] // 4)
    at_once = 4 if "chunk" in layer else min(layer.get("pixels", 1), 2)
    together = -(-columns // 2) if layer.get("by_rows") else columns // at_once
    left = 0 if layer.get("by_rows") else columns % at_once
    parts = {"group": together, "single": int(left == 1), "few": int(left > 1)}
    found: dict[str, float] = {"line": lines}
    for name, count in parts.items():
        times = lines * count
        found |= {
            f"{name} of pixels": times,
            f"{name} window row": times * layer.get("kernel_rows", 3),
            f"{name} element": times * elements,
            f"{name} four": times * fours,
            f"{name} four of row": times * fours * layer.get("kernel_rows", 3),
            f"{name} four element": times * fours * elements,
            f"{name} rest": times * (layer["output_channels"] % 4 > 0),
        }
        if "chunk" in layer:
            found[f"{name} block"] = times * -(-layer["output_channels"] // layer["block"]) * elements
    if "_dsp_" in call.kernel:
        found["long output"] = lines * columns * _long_channels(scales(call))
    return found


def _long_channels(channels: npt.NDArray[np.int32]) -> int:
    """Output channels that kernels for the DSP extension scale in full, as one of four has a large scale, or a small
    one. A scale of 0 is none."""
    # Negative exponents are large numbers, too.
    long = channels[:, 2].view(np.uint32) > MAX_EXPONENT
    if not long.any():
        return 0
    long &= channels[:, 1] != 0
    return 4 * int(long[: len(long) // 4 * 4].reshape(-1, 4).any(axis=1).sum())


def is_point(layer: Layer) -> bool:
    """Whether it is a convolution of windows of one pixel."""
    return "output_channels" in layer and layer["kernel_rows"] * layer["kernel_columns"] == 1


def _is_run(layer: Layer) -> bool:
    """Whether the kernel takes all windows as runs of its input: of a single pixel, and some those of one column."""
    narrow = "pixels" in layer or "chunk" in layer
    if not (narrow or "gathered" in layer):
        return False
    point = layer["kernel_rows"] * layer["kernel_columns"] * layer["stride_rows"] * layer["stride_columns"] == 1
    return point or (narrow and layer["input_columns"] * layer["kernel_columns"] * layer["dilation_rows"] == 1)


def _turned(layer: Layer) -> Layer:
    """Of a depthwise kernel that takes an input of one column as one row."""
    narrow = layer["input_columns"] * layer["kernel_columns"] * layer["output_columns"] * layer["dilation_rows"] == 1
    if not narrow or layer["output_rows"] == 1:
        return layer
    names = ("input_{}", "output_{}", "kernel_{}", "stride_{}")
    turned = {name.format("columns"): layer[name.format("rows")] for name in names}
    turned |= {name.format("rows"): 1 for name in names}
    return {**layer, **turned, "pad_left": layer["pad_top"], "pad_top": 0}


def _window(layer: Layer, outputs: int) -> dict[str, float]:
    """Of depthwise convolutions and pools: borders are computed apart."""
    lines = layer["batches"] * layer["output_rows"]
    taps = layer.get("kernel_rows", 3) * layer.get("kernel_columns", 3)
    channels = outputs // max(lines * layer["output_columns"], 1)
    groups = lines * -(-layer["output_columns"] // max(layer.get("pixels", layer.get("segment", 1)), 1))
    fours = -(-channels // 4)
    found: dict[str, float] = {
        "group four": groups * fours,
        "group four row": groups * fours * layer.get("kernel_rows", 3),
        "column four": lines * fours * layer["input_columns"],
        "column four row": lines * fours * layer["input_columns"] * layer.get("kernel_rows", 3),
        "output tap": outputs * taps,
        "output element": outputs,
    }
    if "depth_multiplier" in layer:
        found["group input"] = groups * layer["input_channels"]
        found["group input row"] = groups * layer["input_channels"] * layer["kernel_rows"]
        found["spread input"] = lines * layer["input_channels"] * layer["input_columns"] * layer["kernel_rows"]
    return found
