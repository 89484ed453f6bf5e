"""What the instructions of a kernel grow with, counted from the fields of its layer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from arenite.frontends.bodies.features_mve import features_mve

Layer = Mapping[str, int]
THREE = 3
"""Rows and columns of windows whose layers do not say it: those of kernels for 3x3 alone."""
_OF_HELIUM_TOO = ("call", "row", "pixel", "window row", "tap")


def features_of(kernel: str, layer: Layer) -> dict[str, float]:
    """``features``; for bodies for Helium, which take elements in vectors, ``features_mve`` in place of most."""
    return dict(_features_of(kernel, tuple(layer), tuple(layer.values())))


@lru_cache(maxsize=8192)
def _features_of(kernel: str, fields: tuple[str, ...], values: tuple[int, ...]) -> Mapping[str, float]:
    """Networks repeat layers, and searches among networks repeat them all the more."""
    layer = dict(zip(fields, values, strict=True))
    counts = features(layer)
    if "_mve_" not in kernel:
        return counts
    kept = {name: counts[name] for name in _OF_HELIUM_TOO if name in counts}
    return kept | features_mve(layer, counts.get("tap", 0))


def features(layer: Layer) -> dict[str, float]:
    """How often things are done in one call of a kernel with this layer, by the name of the thing.

    A product is that of an output element and an element of its window. Output channels of convolutions count in fours,
    as many as most kernels compute at once.

    Raises ValueError for layers of kernels that have no bodies.
    """
    if "output_columns" in layer:
        return _window(layer)
    if {"inputs", "outputs"} <= layer.keys():
        return _fully_connected(layer)
    if "a_row_stride" in layer:
        return _elementwise(layer)
    if {"outer", "reduced", "inner"} <= layer.keys():
        return _mean(layer)
    if "rows" in layer:
        rows = layer["rows"]
        return {"call": 1, "row": rows, "output": rows * layer.get("row_elements", layer.get("depth", 0))}
    raise ValueError(f"no features of a layer with the fields {', '.join(layer)}")


def _window(layer: Layer) -> dict[str, float]:
    rows = layer["batches"] * layer["output_rows"]
    pixels = rows * layer["output_columns"]
    taps = pixels * layer.get("kernel_rows", THREE) * layer.get("kernel_columns", THREE)
    inside = layer["batches"] * _inside(layer, "rows", "pad_top") * _inside(layer, "columns", "pad_left")
    counts: dict[str, float] = {"call": 1, "row": rows, "pixel": pixels}
    if "output_channels" in layer:
        columns = layer["kernel_columns"]
        depth = layer["input_channels"] // layer.get("groups", 1)
        # With groups, channels are computed one by one, but for bodies that gather.
        one_by_one = "groups" in layer and "gathered" not in layer
        outputs = layer["output_channels"] if one_by_one else _fours(layer["output_channels"])
        counts |= {
            "window element": inside * depth,
            "padding element": (taps - inside) * depth,
            "output": pixels * outputs,
            "product": inside * depth * outputs,
            "padding product": (taps - inside) * depth * outputs,
            # Of vectors of 16 bytes: of columns, of rows, and of whole windows.
            "column vector": taps * outputs * -(-depth // 16),
            "row vector": taps // columns * outputs * -(-columns * depth // 16),
            "window vector": pixels * outputs * -(-taps // pixels * depth // 16),
        }
        if "pixels" in layer:
            groups = rows * -(-layer["output_columns"] // layer["pixels"])
            counts |= {"group": groups, "group product": groups * taps / pixels * depth * outputs}
        return counts | (_direct(layer, pixels, inside) if "gathered" in layer else {})
    inputs = layer["channels"] if "channels" in layer else layer["input_channels"]
    multiplier = layer.get("depth_multiplier", 1)
    # Of a pixel, the outputs that are not computed four at once.
    single = inputs * multiplier if multiplier > 1 else inputs % 4
    fours = inputs * multiplier - single
    if "pixels" in layer:
        # Four channels of the pixels that are computed at once.
        counts["group"] = rows * -(-layer["output_columns"] // layer["pixels"]) * _fours(inputs * multiplier) / 4
    if "channels" in layer:
        counts |= _single_bytes(layer["channels"], pixels, inside)
    return counts | {
        "tap": inside,
        "padding tap": taps - inside,
        "window row": pixels * layer.get("kernel_rows", THREE),
        "output": pixels * fours,
        "single output": pixels * single,
        "product": inside * fours,
        "single product": inside * single,
        "padding product": (taps - inside) * (fours + single),
        "vector": pixels * -(-(fours + single) // 16),
        "vector product": taps * -(-(fours + single) // 16),
    }


def _direct(layer: Layer, pixels: int, inside: int) -> dict[str, float]:
    """Of convolutions straight from the input, group by group; windows that are gathered are one run."""
    groups, kernel = layer["groups"], layer["kernel_rows"] * layer["kernel_columns"]
    joined = groups == layer["dilation_columns"] == 1
    depth, outputs = layer["input_channels"] // groups, _fours(layer["output_channels"] // groups) * groups
    runs = layer["batches"] * _inside(layer, "rows", "pad_top") * layer["output_columns"] if joined else inside
    counts: dict[str, float] = {"run": runs, "group": pixels * groups, "output": pixels * outputs}
    if layer["gathered"]:
        gathered = {"gathered element": inside * depth * groups, "gathered run": runs * groups}
        return (
            counts | gathered | {"run output": counts["output"], "product": counts["output"] * _fours(kernel * depth)}
        )
    return counts | {"run output": runs * outputs / groups, "product": inside * depth * outputs}


def _inside(layer: Layer, axis: str, pad: str) -> int:
    """Of all windows along an axis, the taps that lie in the input."""
    stride, dilation = layer[f"stride_{axis}"], layer.get(f"dilation_{axis}", 1)
    extent, count = layer[f"input_{axis}"], layer[f"output_{axis}"]
    total = 0
    for tap in range(layer.get(f"kernel_{axis}", THREE)):
        # Positions p with 0 <= p * stride + distance < extent.
        distance = tap * dilation - layer[pad]
        first, last = max(-(distance // stride), 0), min(-((distance - extent) // stride), count)
        total += max(last - first, 0)
    return total


def _fully_connected(layer: Layer) -> dict[str, float]:
    rows, inputs, outputs = layer["rows"], layer["inputs"], _fours(layer["outputs"])
    return {
        "call": 1, "row": rows, "window element": rows * inputs, "output": rows * outputs,
        "product": rows * outputs * inputs,
    }  # fmt: skip


def _elementwise(layer: Layer) -> dict[str, float]:
    rows = layer["batches"] * layer["rows"]
    pixels = rows * layer["columns"]
    return {"call": 1, "row": rows, "pixel": pixels, "output": pixels * layer["channels"]}


def _mean(layer: Layer) -> dict[str, float]:
    outputs = layer["outer"] * layer["inner"]
    return {
        "call": 1, "row": layer["outer"], "window element": layer["outer"] * layer["reduced"], "output": outputs,
        "product": outputs * layer["reduced"],
        **_single_bytes(layer["inner"], layer["outer"], layer["outer"] * layer["reduced"]),
    }  # fmt: skip


def _single_bytes(channels: int, pixels: int, elements: int) -> dict[str, float]:
    """Of sums and maxima of channels whose pixels do not all begin at a multiple of 4 bytes."""
    own = channels if channels % 4 else 0
    return {"byte output": pixels * own, "byte product": elements * own}


def _fours(channels: int) -> int:
    return -(-channels // 4) * 4
