"""What the instructions of a call grow with: what ``frontends.bodies.features`` counts, and what the layer's activation
and the constants say besides."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from arenite.frontends.bodies.features import features_of
from arenite.frontends.lowering import Call

Layer = Mapping[str, int]
FLAGS = ("by_rows", "pixels", "ties_away", "gathered", "depth_multiplier", "groups")
"""Fields of layers on which it depends what is executed: calls that differ in them are fitted apart."""
LOW, HIGH = -128, 127


def variant(call: Call) -> str:
    """Of calls of one kernel that do the same things, as often as ``work`` says: empty or ``by_rows=1,pixels=2``."""
    found = {name: min(call.layer[name], 2) for name in FLAGS if name in call.layer}
    return ",".join(f"{name}={value}" for name, value in found.items())


def work(call: Call, inputs: int, outputs: int) -> dict[str, float]:
    """How often things are done in one call, by the name of the thing.

    Args:
        inputs: elements that the call reads, without constants.
        outputs: elements that it writes.
    """
    layer = call.layer
    try:
        counts = features_of(call.kernel, layer)
    except (ValueError, KeyError):
        return _moved(layer, inputs, outputs)
    if layer.get("activation_min", LOW) > LOW or layer.get("activation_max", HIGH) < HIGH:
        counts["clamped"] = outputs
    if {"output_columns", "output_channels"} <= layer.keys():
        counts |= _convolution(call)
    elif "output_columns" in layer:
        counts |= _window(layer, outputs)
    return counts


def _moved(layer: Layer, inputs: int, outputs: int) -> dict[str, float]:
    """Of operators that take every element once."""
    rows = max((layer[name] for name in ("rows", "output_rows", "outer", "chunks") if name in layer), default=1)
    return {"call": 1, "row": rows, "input": inputs, "output": outputs}


def _convolution(call: Call) -> dict[str, float]:
    layer = call.layer
    rows = layer["batches"] * layer["output_rows"]
    columns = layer["output_columns"]
    depth = layer["input_channels"] // layer.get("groups", 1)
    taps = layer.get("kernel_rows", 3) * layer.get("kernel_columns", 3)
    elements, fours = -(-taps * depth // 4) * 4, -(-layer["output_channels"] // 4)
    at_once = 1 if layer.get("pixels", 1) < 2 else 2
    together = -(-columns // 2) if layer.get("by_rows") else columns // at_once
    single = 0 if at_once == 1 or layer.get("by_rows") else columns % 2
    found: dict[str, float] = {}
    for name, count in (("pair", rows * together), ("single", rows * single)):
        found |= {
            f"{name}": count,
            f"{name} window row": count * layer.get("kernel_rows", 3),
            f"{name} element": count * elements,
            f"{name} four": count * fours,
            f"{name} four of row": count * fours * layer.get("kernel_rows", 3),
            f"{name} four element": count * fours * elements,
            f"{name} rest": count * (layer["output_channels"] % 4 > 0),
        }
    channels = call.constants.get("channels")
    if channels is not None and "_dsp_" in call.kernel:
        found["long output"] = (
            rows * columns * int(np.count_nonzero(channels.reshape(-1, 3)[:, 2].astype(np.int32) < 0))
        )
    return found


def _window(layer: Layer, outputs: int) -> dict[str, float]:
    """Of depthwise convolutions and pools: borders are computed apart."""
    rows = layer["batches"] * layer["output_rows"]
    taps = layer.get("kernel_rows", 3) * layer.get("kernel_columns", 3)
    channels = outputs // max(rows * layer["output_columns"], 1)
    groups = rows * -(-layer["output_columns"] // max(layer.get("pixels", 1), 1))
    fours = -(-channels // 4)
    return {
        "group four": groups * fours,
        "group four row": groups * fours * layer.get("kernel_rows", 3),
        "column four": rows * fours * layer["input_columns"],
        "column four row": rows * fours * layer["input_columns"] * layer.get("kernel_rows", 3),
        "output tap": outputs * taps,
        "output element": outputs,
    }
