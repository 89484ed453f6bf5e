"""What the instructions of calls grow with whose kernels have no bodies, by the fields of their layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod

Layer = Mapping[str, int]
Counts = dict[str, float]
WORD, BLOCK = 4, 16
"""Bytes that functions of the C library move at once."""
ELEMENTS = (1, 2, 4)
"""Bytes that kernels move by themselves; others by memcpy."""


def other_features(layer: Layer) -> Counts | None:
    """How often things are done in one call, by the name of the thing; None for a layer with other fields."""
    for fields, count in _KINDS:
        if fields <= layer.keys():
            return count(layer)
    return None


def _transposed(layer: Layer) -> Counts:
    """Of a transposed convolution: four channels at once, along the runs of the input that reach an output pixel. Those
    that are left over are computed one by one in float32, with the others elsewhere."""
    rows = layer["batches"] * layer["output_rows"]
    reaching = layer["batches"] * _reaching(layer, "rows", "pad_top")
    taps, runs = reaching * _reaching(layer, "columns", "pad_left"), reaching * layer["output_columns"]
    depth, channels, pixels = layer["input_channels"], layer["output_channels"], rows * layer["output_columns"]
    single = channels % 4 if "activation_low" in layer else 0
    fours = -(-(channels - single) // 4)
    return {
        "call": 1, "row": rows, "pixel": pixels, "window row": runs, "window element": taps * depth,
        "output": pixels * channels, "four": pixels * fours, "run four": runs * fours,
        "product": taps * depth * fours * 4, "single": pixels * single, "run single": runs * single,
        "single product": taps * depth * single,
    }  # fmt: skip


def _reaching(layer: Layer, axis: str, pad: str) -> int:
    """Pairs of an input and an output along an axis that a tap connects."""
    step, inputs, outputs = layer[f"step_{axis}"], layer[f"input_{axis}"], layer[f"output_{axis}"]
    total = 0
    for tap in range(layer[f"kernel_{axis}"]):
        # Inputs i with 0 <= i * step + distance < outputs.
        distance = tap - layer[pad]
        first, last = max(-(distance // step), 0), min(-((distance - outputs) // step), inputs)
        total += max(last - first, 0)
    return total


def _matrices(layer: Layer) -> Counts:
    rows = layer["batches"] * layer["rows"]
    outputs = rows * layer["columns"]
    return {"call": 1, "row": rows, "output": outputs, "product": outputs * layer["depth"]}


def _resized(layer: Layer) -> Counts:
    rows = layer["batches"] * layer["output_rows"]
    pixels = rows * layer["output_columns"]
    if "pixel_bytes" in layer:
        return {"call": 1, "row": rows, **_copied(pixels, layer["pixel_bytes"], layer["pixel_bytes"])}
    return {"call": 1, "row": rows, "pixel": pixels, "output": pixels * layer["channels"]}


def _joined(layer: Layer) -> Counts:
    steps = layer["bytes"] | layer["stride"] | layer["offset"]
    copied = _copied(layer["rows"] * layer["chunks"], layer["bytes"], steps)
    return {"call": 1, "row": layer["rows"], **copied}


def _gathered(layer: Layer) -> Counts:
    outer = layer["batches"] * layer["outer"]
    tuples = outer * layer["tuples"]
    return {
        "call": 1, "row": outer, "index": tuples * layer["depth"], **_copied(tuples, layer["bytes"], layer["bytes"])
    }  # fmt: skip


def _copied(times: int, size: int, steps: int) -> Counts:
    """What ``memcpy`` does. ``steps``: of distances between what is copied, all bits that are set in any."""
    odd, short = steps % WORD > 0, size < BLOCK
    return {
        "copy": times, "odd copy": times * odd, "block": times * (size // BLOCK),
        "word": times * (size % BLOCK // WORD), "rest": times * (size % WORD), "odd byte": times * size * odd,
        "short byte": times * size * short, "long copy": times * (not short and not odd),
    }  # fmt: skip


def _filled(times: int, size: int) -> Counts:
    """What ``memset`` does."""
    if size == 0:
        return {"no fill": times}
    return {
        "fill": times, "filled block": times * (size // BLOCK), "filled word": times * (size % BLOCK // WORD),
        "filled rest": times * (size % WORD), "short fill": times * size * (size < BLOCK),
    }  # fmt: skip


def moved_runs(layer: Layer, loops: Sequence[Sequence[int]]) -> Counts:
    """Of ``arenite_move``: runs of bytes in a nest of loops, of count, input step and output step."""
    starts = layer["rows"] * prod(count for count, *_ in loops[:-1])
    runs = starts * loops[-1][0]
    counts: Counts = {"call": 1, "row": layer["rows"], "start": starts, "run": runs}
    if layer["bytes"] in ELEMENTS:
        return counts
    steps = layer["input_offset"] | layer["output_offset"] | layer["input_row_bytes"] | layer["output_row_bytes"]
    for _, *both in loops:
        steps |= both[0] | both[1]
    return counts | _copied(runs, layer["bytes"], steps)


def _padded(layer: Layer) -> Counts:
    """Rows of border, and those with border at their sides. What elements are: bytes, or words of float32."""
    unit, size = ("bytes", 1) if "input_bytes" in layer else ("channels", 4)
    pixel, inner = layer[f"output_{unit}"] * size, layer[f"input_{unit}"] * size
    rows, columns = layer["input_batches"] * layer["input_rows"], layer["input_columns"]
    border = layer["output_batches"] * layer["output_rows"] - rows
    counts: Counts = {"call": 1, "row": rows, "border row": border}
    sides = layer["before_columns"], layer["output_columns"] - columns - layer["before_columns"]
    beside = layer[f"before_{unit}"] * size, pixel - inner - layer[f"before_{unit}"] * size
    for times, filled in (
        (border, layer["output_columns"] * pixel),
        *((rows, side * pixel) for side in sides), *((rows * columns, side) for side in beside),
    ):  # fmt: skip
        for name, count in _filled(times, filled).items():
            counts[name] = counts.get(name, 0) + count
    return counts | _copied(rows * columns, inner, pixel | inner | beside[0] | pixel * sides[0])


def _reduced(layer: Layer) -> Counts:
    """Of sums, extremes and their places."""
    outputs = layer["outer"] * layer["kept"] * layer["inner"]
    inner = layer.get("reduced_inner", 1)
    # The place of an extreme begins with the first element.
    runs = outputs * (layer["reduced"] - ("least" in layer))
    return {"call": 1, "row": layer["outer"], "pixel": layer["outer"] * layer["kept"], "output": outputs, "run": runs,
            "product": runs * inner}  # fmt: skip


def _lstm(layer: Layer) -> Counts:
    steps = layer["batches"] * layer["steps"]
    outputs, elements = steps * layer["units"], layer["inputs"] + layer["units"]
    return {
        "call": 1, "row": steps, "window element": steps * elements, "output": outputs,
        "input gate": outputs * (1 - layer.get("coupled", 0)), "product": outputs * elements,
    }  # fmt: skip


def _svdf(layer: Layer) -> Counts:
    batches, filters = layer["batches"], layer["filters"]
    return {
        "call": 1, "row": batches, "window element": batches * layer["inputs"], "filter": batches * filters,
        "four": batches * -(-filters // 4), "output": batches * filters // layer["rank"],
        "product": batches * -(-filters // 4) * 4 * layer["inputs"], "recalled": batches * filters * layer["memory"],
    }  # fmt: skip


def _shifted(layer: Layer) -> Counts:
    return {"call": 1, **_copied(1, layer["bytes"], layer["distance"])}


def _all_filled(layer: Layer) -> Counts:
    if layer["bytes"] == 1:
        return {"call": 1, **_filled(1, layer["items"])}
    return {"call": 1, f"item of {layer['bytes']}": layer["items"]}


def _selected(layer: Layer) -> Counts:
    rows = layer["batches"] * layer["rows"]
    outputs = rows * layer["columns"] * layer["channels"]
    return {"call": 1, "row": rows, "pixel": rows * layer["columns"], "output": outputs,
            "byte": outputs * layer["bytes"]}  # fmt: skip


def _few_outputs(layer: Layer) -> Counts:
    """Of a matrix product whose outputs are computed one by one."""
    outputs = layer["rows"] * layer["outputs"]
    return {"call": 1, "row": layer["rows"], "output": outputs, "product": outputs * layer["inputs"]}


def few_channels(layer: Layer) -> Counts:
    """Of a convolution whose channels are computed one by one: windows in the input, in runs, and those beside."""
    rows, columns, taps = layer["output_rows"], layer["output_columns"], layer["kernel_rows"] * layer["kernel_columns"]
    depth, lines = layer["input_channels"] // layer["groups"], layer["kernel_columns"]
    run = depth
    if lines == 1 or layer["dilation_columns"] * layer["input_channels"] == depth:
        run, lines = depth * lines, 1
    channels = layer["batches"] * layer["output_channels"]
    inside = channels * _whole(layer, "rows", "pad_top") * _whole(layer, "columns", "pad_left")
    beside = channels * rows * columns - inside
    runs = inside * layer["kernel_rows"] * lines
    kind = "element" if run == 1 else "run"
    return {
        "call": 1, "row": layer["batches"] * rows, "line": channels * rows, "window": inside,
        "window row": inside * layer["kernel_rows"], kind: runs, "product": runs * (run // 4) * 4,
        "single product": runs * (run % 4), "beside": beside, "beside row": beside * layer["kernel_rows"],
        "beside tap": beside * taps, "beside product": beside * taps * depth,
    }  # fmt: skip


def _whole(layer: Layer, axis: str, pad: str) -> int:
    """Of the windows along an axis, those that lie in the input."""
    reach = (layer[f"kernel_{axis}"] - 1) * layer[f"dilation_{axis}"]
    stride, before = layer[f"stride_{axis}"], layer[pad]
    last = (layer[f"input_{axis}"] - 1 - reach + before) // stride
    return max(min(last, layer[f"output_{axis}"] - 1) - -(-before // stride) + 1, 0)


def _added(layer: Layer) -> Counts:
    outputs = layer["rows"] * layer["row_elements"]
    return {"call": 1, "row": layer["rows"], "output": outputs, "operand": outputs * layer["operands"]}


def _cumulated(layer: Layer) -> Counts:
    sums = layer["rows"] * layer["inner"]
    return {"call": 1, "row": layer["rows"], "sum": sums, "output": sums * layer["depth"]}


def _updated(layer: Layer) -> Counts:
    whole = {f"all {name}": count for name, count in _copied(1, layer["bytes"], 0).items()}
    return {"call": 1, **whole, **_copied(layer["runs"], layer["run_bytes"], layer["run_bytes"])}


def _pixels(layer: Layer) -> Counts:
    pixels = layer["rows"] * layer["columns"]
    outputs = pixels * layer["channels"]
    counts: Counts = {"call": 1, "row": layer["rows"], "pixel": pixels, "output": outputs}
    if "before" in layer:
        counts["product"] = outputs * (layer["before"] + 1 + layer["after"])
    return counts


_KINDS: tuple[tuple[set[str], Callable[[Layer], Counts]], ...] = (
    ({"step_rows", "kernel_rows"}, _transposed),
    ({"a_row_stride", "depth"}, _matrices),
    ({"output_columns", "pixel_bytes"}, _resized),
    ({"chunks", "bytes"}, _joined),
    ({"tuples", "depth"}, _gathered),
    ({"outer", "kept", "reduced"}, _reduced),
    ({"units", "steps"}, _lstm),
    ({"filters", "memory"}, _svdf),
    ({"bytes", "distance"}, _shifted),
    ({"items", "bytes"}, _all_filled),
    ({"a_row_stride", "bytes"}, _selected),
    ({"rows", "inputs", "row_outputs"}, _few_outputs),
    ({"before_columns", "output_rows"}, _padded),
    ({"row_elements", "operands"}, _added),
    ({"depth", "inner", "reverse"}, _cumulated),
    ({"runs", "run_bytes"}, _updated),
    ({"columns", "channels", "alpha"}, _pixels),
    ({"columns", "channels", "factor_stride"}, _pixels),
)
"""Fields that tell a kind of layer, and what counts its work; the first that fits."""
