"""What the instructions of bodies for Helium grow with, beside the features of all kernels: vectors of 4, 8 and 16
elements, the last of which is paid for whole, and the ways in which bodies take pixels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from arenite.frontends.bodies.mve_packing import CHUNK

Layer = Mapping[str, int]
Counts = dict[str, float]
SMALL_WINDOW = 64
"""ARENITE_SMALL_WINDOW of conv2d_direct_mve.h."""
GROUP_WINDOW = 144
"""ARENITE_GROUP_WINDOW of conv2d_general_mve.h."""


def features_mve(layer: Layer, inside: float) -> Counts:
    """How often things are done in one call of a body with this layer, by the name of the thing.

    Args:
        inside: of all windows of all pixels, the taps that lie in the input.
    """
    if "strip_pixels" in layer:
        return _convolution(layer)
    if "groups" in layer:
        return _grouped(layer)
    if "chunk_columns" in layer:
        return _three_by_three(layer)
    if "depth_multiplier" in layer:
        return _depthwise(layer, inside)
    if "output_columns" in layer:
        return _pool(layer, inside)
    if {"inputs", "outputs"} <= layer.keys():
        fours = layer["rows"] * _up(layer["outputs"], 4)
        return {"four": fours, "chunk": fours * _up(layer["inputs"], CHUNK)}
    if "a_row_stride" in layer:
        pixels = layer["batches"] * layer["rows"] * layer["columns"]
        last = pixels * int(layer["channels"] % 4 > 0)
        return {"four": pixels * (layer["channels"] // 4), "last four": last}
    if {"outer", "reduced", "inner"} <= layer.keys():
        fours = layer["outer"] * _up(layer["inner"], 4)
        return {"four": fours, "four product": fours * layer["reduced"]}
    elements = layer.get("row_elements", layer.get("depth", 0))
    chunks, rest = divmod(layer["rows"] * elements, CHUNK)
    return {"four": layer["rows"] * _up(elements, 4), "chunk": chunks, "last chunk": int(rest > 0)}


def _up(elements: int, lanes: int) -> int:
    """Vectors of so many lanes."""
    return -(-elements // lanes)


def _pool(layer: Layer, inside: float) -> Counts:
    pixels, channels = layer["batches"] * layer["output_rows"] * layer["output_columns"], layer["channels"]
    counts: Counts = {}
    for name, lanes in (("four", 4), ("chunk", CHUNK)):
        whole, last = channels // lanes, int(channels % lanes > 0)
        counts |= {name: pixels * whole, f"{name} product": inside * whole}
        counts |= {f"last {name}": pixels * last, f"last {name} product": inside * last}
    return counts


def _depthwise(layer: Layer, inside: float) -> Counts:
    """Of eight channels, all of which have an input of their own, and any others."""
    pixels = layer["batches"] * layer["output_rows"] * layer["output_columns"]
    outputs = layer["input_channels"] * layer["depth_multiplier"]
    whole = outputs // 8 if layer["depth_multiplier"] == 1 else 0
    rest = _up(outputs, 8) - whole
    return {
        "eight": pixels * whole, "eight product": inside * whole, "eight row": pixels * whole * layer["kernel_rows"],
        "any eight": pixels * rest, "any eight product": inside * rest,
    }  # fmt: skip


def _three_by_three(layer: Layer) -> Counts:
    """Of pixels that are computed four, two and one at a time, from columns that are turned before."""
    rows, channels = layer["batches"] * layer["output_rows"], layer["input_channels"]
    counts: Counts = dict.fromkeys(("turned part", "turned run", "turned chunk", "quad", "pair", "single"), 0.0)
    counts |= dict.fromkeys(("quad four", "pair four", "single four", "quads", "pairs", "singles"), 0.0)
    for depth, pixels in _parts(layer):
        whole = depth == channels
        reached = (pixels - 1) * layer["stride_columns"] + 3
        quads = pixels // 4 if layer["stride_columns"] == 1 else 0
        pairs = (pixels - 4 * quads) // 2
        single = pixels % 2
        last = 4 * quads + 2 * pairs if depth % 4 else 0
        added = {
            "turned part": 1, "turned run": 1 if whole else reached,
            "turned chunk": reached * depth / CHUNK if whole else reached * _up(depth, CHUNK),
            "quads": quads > 0, "pairs": pairs > 0, "singles": single + (last > 0),
            "quad": quads, "pair": pairs, "single": single + last,
            "quad four": quads * (depth // 4), "pair four": pairs * (depth // 4),
            "single four": single * _up(depth, 4) + last,
        }  # fmt: skip
        for name, count in added.items():
            counts[name] += rows * count
    return counts


def _parts(layer: Layer) -> Iterator[tuple[int, int]]:
    """Channels and pixels of a row that are computed at once."""
    for channel in range(0, layer["input_channels"], layer["chunk_channels"]):
        for x in range(0, layer["output_columns"], layer["chunk_columns"]):
            depth = min(layer["input_channels"] - channel, layer["chunk_channels"])
            yield depth, min(layer["output_columns"] - x, layer["chunk_columns"])


def _convolution(layer: Layer) -> Counts:
    elements = layer["kernel_rows"] * layer["kernel_columns"] * layer["input_channels"]
    rows, columns = layer["batches"] * layer["output_rows"], layer["output_columns"]
    if layer["strip_pixels"]:
        return _strips(layer, rows, columns, elements)
    if layer["kernel_rows"] * layer["kernel_columns"] == 1 and layer["pad_top"] == layer["pad_left"] == 0:
        if layer["stride_rows"] * layer["stride_columns"] == 1:
            rows, columns = 1, rows * columns
        return _pairs(layer, rows, columns, elements)
    return _direct(layer, rows * columns, elements)


def _pairs(layer: Layer, runs: int, pixels: int, elements: int) -> Counts:
    """Of pixels side by side, two of which are computed at a time; channels beyond the last four of them, one."""
    chunks, whole, rest = _up(elements, CHUNK), layer["output_channels"] // 4, int(layer["output_channels"] % 4 > 0)
    pairs = 0 if layer["left_shifts"] else runs * (pixels // 2)
    singles = runs * pixels - 2 * pairs
    single_fours = singles * (whole + rest) + 2 * pairs * rest
    return {
        "run": runs, "pair": pairs, "pair four": pairs * whole, "pair chunk": pairs * whole * chunks,
        "single": singles + 2 * pairs * rest, "single four": single_fours, "single chunk": single_fours * chunks,
    }  # fmt: skip


def _strips(layer: Layer, rows: int, columns: int, elements: int) -> Counts:
    """Of windows that are gathered in strips first, row by row of the windows, and column by column."""
    counts: Counts = {"strip": 0.0, "gathered row": 0.0, "gathered column": 0.0, "gathered chunk": 0.0}
    depth = layer["input_channels"]
    for x in range(0, columns, layer["strip_pixels"]):
        pixels = min(columns - x, layer["strip_pixels"])
        for name, count in _pairs(layer, rows, pixels, elements).items():
            counts[name] = counts.get(name, 0.0) + count
        reached = rows * layer["kernel_rows"] * ((pixels - 1) * layer["stride_columns"] + layer["kernel_columns"])
        counts["strip"] += rows
        counts["gathered row"] += rows * layer["kernel_rows"]
        if depth < CHUNK and layer["kernel_rows"] < CHUNK:
            counts["gathered chunk"] += reached / (CHUNK // depth)
        else:
            counts["gathered column"] += reached
            counts["gathered chunk"] += reached * _up(depth, CHUNK)
    return counts


def _direct(layer: Layer, pixels: int, elements: int) -> Counts:
    """Of windows one by one: small ones are copied, of others each row is one run, or each pixel of the input."""
    fours, depth = _up(layer["output_channels"], 4), layer["input_channels"]
    if elements <= SMALL_WINDOW:
        taps = pixels * elements // depth
        return {
            "small window": pixels, "small tap": taps, "small four": pixels * fours,
            "small chunk": pixels * fours * _up(elements, CHUNK),
        }  # fmt: skip
    share = _whole(layer, "rows", "pad_top") * _whole(layer, "columns", "pad_left") if depth % CHUNK == 0 else 0.0
    runs = pixels * share * fours
    others = pixels * (1 - share) * fours
    taps = elements // depth
    return {
        "run four": runs, "run row": runs * layer["kernel_rows"], "tap four": others, "tap": others * taps,
        "direct chunk": (runs + others) * taps * _up(depth, CHUNK),
    }  # fmt: skip


def _grouped(layer: Layer) -> Counts:
    """Of windows group by group, as ``_direct`` without runs."""
    depth, groups = layer["input_channels"] // layer["groups"], layer["groups"]
    pixels = layer["batches"] * layer["output_rows"] * layer["output_columns"] * groups
    taps = layer["kernel_rows"] * layer["kernel_columns"]
    fours = pixels * _up(layer["output_channels"] // groups, 4)
    if taps * depth <= GROUP_WINDOW:
        return {
            "copied window": pixels, "copied tap": pixels * taps, "copied chunk": pixels * taps * _up(depth, CHUNK),
            "small four": fours, "chunk": fours * _up(taps * depth, CHUNK),
        }  # fmt: skip
    return {"group": pixels, "tap four": fours, "tap": fours * taps, "chunk": fours * taps * _up(depth, CHUNK)}


def _whole(layer: Layer, axis: str, pad: str) -> float:
    """The share of the windows that have no padding along an axis."""
    count, reach = layer[f"output_{axis}"], (layer[f"kernel_{axis}"] - 1) * layer.get(f"dilation_{axis}", 1)
    first = (position * layer[f"stride_{axis}"] - layer[pad] for position in range(count))
    return sum(0 <= origin < layer[f"input_{axis}"] - reach for origin in first) / count
