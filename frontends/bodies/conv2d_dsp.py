"""Convolution for the DSP extension."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from arenite.frontends.bodies.body import Body
from arenite.frontends.bodies.pair_weights import SHORT, fits_pairs, other_channels, pair_channels, pair_weights
from arenite.frontends.bodies.repack import filters, scales
from arenite.frontends.lowering import Array, Arrays, Call, Entries, LateConstants
from arenite.frontends.operators.weights import in_fours

Layer = Mapping[str, int]
VARIANTS = ({"pixels": 1, "by_rows": 0}, {"pixels": 2, "by_rows": 0}, {"pixels": 2, "by_rows": 1})


def rewrite(kernel: str, call: Call, scratch_limit: int) -> tuple[Call, int] | None:
    layers = [{**call.layer, **variant} for variant in VARIANTS]
    layers = [layer for layer in layers if _applies(layer) and scratch(layer) <= scratch_limit]
    if not layers:
        return None
    if _elements(call.layer) > SHORT and not fits_pairs(filters(call)):
        return None
    layer = min(layers, key=instructions)
    rows = layer["kernel_rows"] if layer["by_rows"] else 1
    packed = rows * _filled(_elements(layer) // rows) * _filled(layer["output_channels"])
    records = scales(call)
    entries: Entries = {"taps": call.constants["taps"], "weights": packed, "channels": records.nbytes}
    source: Arrays = {"weights": filters(call), "channels": records}
    constants = LateConstants(entries, partial(_constants, "_once" in kernel, call, layer, rows), source)
    return Call(kernel, layer, call.inputs, constants), scratch(layer)


def _constants(once: bool, call: Call, layer: Layer, rows: int) -> Mapping[str, Array]:
    weights = in_fours(filters(call))
    channels = call.constants["channels"].astype(np.int32)
    if once:
        channels = other_channels(channels)
    else:
        channels, weights = pair_channels(channels, weights, layer["output_zero_point"])
    return {
        "weights": np.stack([pair_weights(part) for part in np.split(weights, rows, axis=1)]),
        "channels": channels,
    }


def _applies(layer: Layer) -> bool:
    return not layer["by_rows"] or (_fours(layer) and layer["kernel_rows"] > 1 and layer["output_columns"] > 1)


def scratch(layer: Layer) -> int:
    """Bytes that the variant needs."""
    window = _filled(_elements(layer))
    if layer["by_rows"]:
        return 8 * _filled(layer["output_channels"]) + 4 * (window // layer["kernel_rows"])
    if layer["pixels"] == 2:
        return 4 * window + (0 if _fours(layer) else window)
    # Kernels with a parameter for scratch get some.
    return 4 if _is_run(layer) else window


def instructions(layer: Layer) -> float:
    elements, outputs = _filled(_elements(layer)), _filled(layer["output_channels"])
    rows, columns = layer["batches"] * layer["output_rows"], layer["output_columns"]
    if layer["by_rows"]:
        kernel = layer["kernel_rows"]
        two = 60 + kernel * (160 + 8 * outputs) + 2 * 2 * elements + outputs * (1.6 * elements + 70)
        return rows * (80 + (columns + 1) // 2 * two)
    single = columns if layer["pixels"] == 1 else columns % 2
    copied = 0 if _is_run(layer) else 40 + elements
    one = 60 + copied + 0.75 * elements + outputs * (1.0625 * elements + 30)
    expanded = 40 if _is_run(layer) else 60 + 30 * layer["kernel_rows"] + (0 if _fours(layer) else 80 + elements)
    two = 80 + 2 * (expanded + 2 * elements) + outputs * (1.55 * elements + 23)
    return rows * (80 + single * one + columns // 2 * two * (layer["pixels"] - 1))


def _filled(count: int) -> int:
    """The next multiple of 4."""
    return -(-count // 4) * 4


def _is_run(layer: Layer) -> bool:
    return _is_point(layer) and layer["input_channels"] % 4 == 0


def _elements(layer: Layer) -> int:
    return layer["kernel_rows"] * layer["kernel_columns"] * layer["input_channels"]


def _is_point(layer: Layer) -> bool:
    """Whether windows are pixels of the input."""
    return layer["kernel_rows"] * layer["kernel_columns"] == 1 and layer["pad_top"] == layer["pad_left"] == 0


def _fours(layer: Layer) -> bool:
    """Whether rows of windows are multiples of four elements, and so are their parts inside the input."""
    if layer["input_channels"] % 4 == 0:
        return True
    last = (layer["output_columns"] - 1) * layer["stride_columns"] - layer["pad_left"] + layer["kernel_columns"]
    inside = layer["pad_left"] == 0 and last <= layer["input_columns"] and layer["input_columns"] > 1
    return inside and layer["kernel_columns"] * layer["input_channels"] % 4 == 0


BODIES = tuple(
    Body(
        of=f"arenite_conv2d{suffix}",
        kernel=f"arenite_conv2d_dsp{suffix}",
        instruction_set="dsp",
        rewrite=partial(rewrite, f"arenite_conv2d_dsp{suffix}"),
    )
    for suffix in ("_s8", "_once_s8")
)
