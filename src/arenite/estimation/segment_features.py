"""What the instructions of depthwise convolutions grow with that spread the windows of neighbouring pixels into words
first."""

from __future__ import annotations

from collections.abc import Mapping

Layer = Mapping[str, int]
NINE = 9
"""Taps that are multiplied at once: ``filter`` is a multiple of it."""
THREE = 3
"""Rows of windows that are spread at once where all of them lie in the input."""


def segment_features(kernel: str, layer: Layer) -> dict[str, float] | None:
    """How often things are done in one call, by the name of the thing; None for kernels that do not spread windows."""
    if "filter" in layer:
        return _by_channel(layer)
    if "depthwise_conv2d_dsp" in kernel:
        return _by_four(layer)
    if "depthwise_conv2d_3x3_dsp" in kernel:
        return _by_row(layer)
    return None


def _by_four(layer: Layer) -> dict[str, float]:
    """For the DSP extension: of four channels, pairs of rows side by side."""
    outputs = layer["input_channels"] * layer["depth_multiplier"]
    fours, pairs = -(-outputs // 4), -(-layer["kernel_rows"] // 2)
    rows = layer["batches"] * layer["output_rows"]
    counts: dict[str, float] = {"call": 1, "row": rows, "output": rows * layer["output_columns"] * outputs}
    for pixels, reached, inside in _segments(layer, "pixels"):
        last = rows * pairs * (outputs % 4 > 0)
        for name, count in {
            "segment": rows, "four": rows * fours, "pair": rows * fours * pairs,
            "column": rows * fours * pairs * inside, "padding column": rows * fours * pairs * (reached - inside),
            "last pair": last, "last column": last * inside, "pixel": rows * fours * pixels,
            "window row": rows * fours * pixels * pairs,
            "product": rows * fours * pixels * pairs * layer["kernel_columns"],
        }.items():  # fmt: skip
            counts[name] = counts.get(name, 0) + count
    return counts


def _by_row(layer: Layer) -> dict[str, float]:
    """For the DSP extension, windows of 3x3: of four channels, pairs of columns; then one channel after the other."""
    stride, rows = layer["stride_columns"], layer["batches"] * layer["output_rows"]
    fours = -(-layer["input_channels"] // 4)
    counts: dict[str, float] = {"call": 1, "row": rows}
    for pixels, *_ in _segments(layer, "pixels"):
        pairs = ((pixels - 1) * stride + 4) // 2
        kind = f" of stride {stride}"
        for name, count in {
            "segment": rows, "four": rows * fours, "column pair": rows * fours * pairs,
            "last four": rows * (layer["input_channels"] % 4 > 0), f"channel{kind}": 4 * rows * fours,
            f"pair{kind}": 4 * rows * fours * (pixels // 2), f"odd{kind}": 4 * rows * fours * (pixels % 2),
        }.items():  # fmt: skip
            counts[name] = counts.get(name, 0) + count
    return counts


def _by_channel(layer: Layer) -> dict[str, float]:
    """For Armv6-M: of one channel, columns; they are multiplied nine taps at a time."""
    inputs, multiplier, height = layer["input_channels"], layer["depth_multiplier"], layer["kernel_rows"]
    outputs = inputs * multiplier
    counts: dict[str, float] = {"call": 1, "row": layer["batches"] * layer["output_rows"]}

    def add(name: str, count: float) -> None:
        counts[name] = counts.get(name, 0) + count * layer["batches"]

    for rows, times in _rows(layer).items():
        for pixels, reached, inside in _segments(layer, "segment"):
            add("pixel output", times * outputs * pixels)
            if pixels == inside == layer["kernel_columns"] == 1:
                add("column", times)
                add("column output", times * outputs)
                add("column product", times * outputs * rows)
                add("padding product", times * outputs * (height - rows))
                continue
            add("segment", times)
            add("cleared", times * (reached * height + layer["filter"] - height * layer["kernel_columns"]))
            if rows == height == THREE and inside > 0:
                add("spread three", times * inputs)
                add("spread three element", times * inputs * inside)
            else:
                add("spread", times * inputs)
                add("spread row", times * inputs * rows)
                add("spread element", times * inputs * rows * inside)
            add("output", times * outputs)
            add("nine of four", times * outputs * (layer["filter"] // NINE))
            add("window product", times * outputs * pixels)
            add("product", times * outputs * pixels * layer["filter"])
    return counts


def _rows(layer: Layer) -> dict[int, int]:
    """Rows of the windows that lie in the input -> output rows of which it are so many."""
    found: dict[int, int] = {}
    for row in range(layer["output_rows"]):
        top = row * layer["stride_rows"] - layer["pad_top"]
        taps = range(top, top + layer["kernel_rows"] * layer["dilation_rows"], layer["dilation_rows"])
        inside = sum(0 <= tap < layer["input_rows"] for tap in taps)
        found[inside] = found.get(inside, 0) + 1
    return found


def _segments(layer: Layer, size: str) -> list[tuple[int, int, int]]:
    """Of an output row: pixels, the columns that their windows reach, and those that lie in the input. ``size``: the
    field that says how many pixels are computed at once."""
    found = []
    for first in range(0, layer["output_columns"], layer[size]):
        pixels = min(layer["output_columns"] - first, layer[size])
        column = first * layer["stride_columns"] - layer["pad_left"]
        reached = (pixels - 1) * layer["stride_columns"] + layer.get("kernel_columns", THREE)
        inside = min(layer["input_columns"], column + reached) - max(column, 0)
        found.append((pixels, reached, max(inside, 0)))
    return found
