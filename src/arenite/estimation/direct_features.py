"""What the instructions grow with of convolutions in float32 and int16, straight from the input, and of matrix products
in float32."""

from __future__ import annotations

from collections.abc import Mapping

Layer = Mapping[str, int]
CHAIN = 128
"""Products that are added up before they are added to the rest of their sum: ``arenite_float.h``."""


def direct_features(layer: Layer) -> dict[str, float] | None:
    """How often things are done in one call, by the name of the thing; None for a layer of another kind."""
    windows = {"groups", "output_channels", "kernel_rows"} <= layer.keys()
    if windows and ("activation_low" in layer or "rounds_twice" in layer):
        return _convolution(layer)
    if {"activation_low", "rows", "inputs", "outputs"} <= layer.keys():
        return _product(layer)
    return None


def _convolution(layer: Layer) -> dict[str, float]:
    """In float32, four channels at once, of two neighbouring columns that see the same taps, or of one, and those that
    are left over one by one; in int16, always four channels of one column."""
    real, groups = "activation_low" in layer, layer["groups"]
    depth, channels = layer["input_channels"] // groups, layer["output_channels"] // groups
    fours, single = divmod(channels, 4) if real else (-(-channels // 4), 0)
    whole = groups == layer["dilation_columns"] == 1
    rows = layer["batches"] * layer["output_rows"]
    taps = layer["batches"] * sum(_taps(layer, "rows", "pad_top", row) for row in range(layer["output_rows"]))
    outputs = rows * layer["output_columns"] * layer["output_channels"]
    counts: dict[str, float] = {"call": 1, "row": rows, "output": outputs}

    def add(name: str, count: float) -> None:
        counts[name] = counts.get(name, 0) + count

    for pixels, inside in _steps(layer, pairs=real):
        runs, run = (1, inside * depth) if whole else (inside, depth)
        kind = "pair " if pixels > 1 else ""
        add(f"{kind}pixel", rows)
        add("group", rows * groups)
        for name, times in ((f"{kind}four", groups * fours), ("single", groups * single * pixels)):
            add(name, rows * times)
            add(f"{name} window row", taps * times)
            add(f"{name} chain", taps * times * runs * -(-run // CHAIN))
            add(f"{name} product", taps * times * runs * run)
            add(f"{name} odd product", taps * times * runs * (run % 2))
    return counts


def _product(layer: Layer) -> dict[str, float]:
    """Of a matrix product in float32: four outputs at once, and those that are left over one by one."""
    rows, (fours, single) = layer["rows"], divmod(layer["outputs"], 4)
    counts: dict[str, float] = {"call": 1, "row": rows, "output": rows * layer["outputs"]}
    for name, times in (("four", rows * fours), ("single", rows * single)):
        counts |= {name: times, f"{name} chain": times * -(-layer["inputs"] // CHAIN),
                   f"{name} product": times * layer["inputs"]}  # fmt: skip
    return counts


def _steps(layer: Layer, *, pairs: bool) -> list[tuple[int, int]]:
    """Columns that are computed at once, and the taps that they see."""
    inside = [_taps(layer, "columns", "pad_left", column) for column in range(layer["output_columns"])]
    first = [_first(layer, column) for column in range(layer["output_columns"])]
    found: list[tuple[int, int]] = []
    column = 0
    while column < len(inside):
        ahead = pairs and inside[column + 1 : column + 2] == [inside[column]] and first[column + 1] == first[column]
        found.append((2 if ahead else 1, inside[column]))
        column += found[-1][0]
    return found


def _first(layer: Layer, column: int) -> int:
    """The first tap of a window in the input."""
    before = layer["pad_left"] - column * layer["stride_columns"]
    return min(max(-(-before // layer["dilation_columns"]), 0), layer["kernel_columns"])


def _taps(layer: Layer, axis: str, pad: str, place: int) -> int:
    """Those of a window along an axis that lie in the input."""
    origin, dilation = place * layer[f"stride_{axis}"] - layer[pad], layer[f"dilation_{axis}"]
    inside = (0 <= origin + tap * dilation < layer[f"input_{axis}"] for tap in range(layer[f"kernel_{axis}"]))
    return sum(inside)
