"""What `arenite plan --json` promises of an ONNX file, checked naively and with nothing but the file itself.

Nothing here imports arenite: nodes, value names, shapes and types are counted anew from the file, with ONNX's own
shape inference.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import onnx
from onnx import TensorProto, helper

Json = Mapping[str, Any]
TYPES = {"FLOAT", "INT8", "UINT8", "INT32", "INT64", "BOOL", "FLOAT16", "DOUBLE", "INT16", "UINT16", "UINT32"}
VIEWS = ("Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze")
IN_PLACE = {
    *("add", "sub", "mul", "div", "pow", "maximum", "minimum", "squared_difference", "prelu"),
    *("unary", "lookup", "relu", "relu6", "logistic", "tanh", "requant_shift", "quantize"),
    *("softmax", "log_softmax"),
}
"""Kinds of steps that may write over what they read: element by element, or row by row once a row is read."""


def value_names(model: onnx.ModelProto) -> list[str]:
    """Value names in the order in which they appear: the nodes' inputs and outputs, then the graph's."""
    graph = model.graph
    names = [name for node in graph.node for part in (node.input, node.output) for name in part if name]
    for ports in (graph.input, graph.initializer, graph.output):
        names += [port.name for port in ports]
    return list(dict.fromkeys(names))


def value_types(model: onnx.ModelProto, shapes: Mapping[str, Sequence[int]]) -> dict[str, tuple[tuple[int, ...], int]]:
    """Shape and bytes per element of every value that ONNX's shape inference knows."""
    known = onnx.ModelProto()
    known.CopyFrom(model)
    for port in known.graph.input:
        for place, dim in enumerate(port.type.tensor_type.shape.dim):
            if port.name in shapes:
                dim.dim_value = shapes[port.name][place]
            elif place == 0 and not dim.HasField("dim_value"):
                dim.dim_value = 1
    inferred = onnx.shape_inference.infer_shapes(known, data_prop=True).graph
    types = {}
    for port in (*inferred.input, *inferred.value_info, *inferred.output):
        tensor = port.type.tensor_type
        known_dims = tensor.HasField("shape") and all(dim.HasField("dim_value") for dim in tensor.shape.dim)
        if known_dims and TensorProto.DataType.Name(tensor.elem_type) in TYPES:
            size = helper.tensor_dtype_to_np_dtype(tensor.elem_type).itemsize
            types[port.name] = (tuple(dim.dim_value for dim in tensor.shape.dim), size)
    return types


def check_plan(plan: Json, model: onnx.ModelProto, shapes: Mapping[str, Sequence[int]] | None = None) -> None:
    """Raises AssertionError where a plan breaks a promise. ``shapes``: those given as --shape."""
    assert plan["schema"] == "arenite.plan/1"
    assert plan["granularity"] == "op"
    assert 0 <= plan["lower_bound_bytes"] <= plan["arena_bytes"] <= plan["source_order_bytes"]
    _check_counts(plan, model)
    _check_sizes(plan, model, shapes or {})
    _check_live_ranges(plan, model)
    _check_bytes(plan)
    _check_order(plan, model)


def _check_counts(plan: Json, model: onnx.ModelProto) -> None:
    """Numbers are those of the file."""
    names = value_names(model)
    sources = [buffer["source_tensor"] for buffer in plan["buffers"] if buffer["source_tensor"] is not None]
    assert all(0 <= number < len(names) for number in sources)
    for buffer in plan["buffers"]:
        if buffer["source_tensor"] is not None and "source_name" in buffer:
            assert buffer["source_name"] == names[buffer["source_tensor"]]
    constants = {initializer.name for initializer in model.graph.initializer}
    assert constants.isdisjoint(names[number] for number in sources), "a constant lies in the arena"
    for port in (*model.graph.input, *model.graph.output):
        assert port.name in constants or names.index(port.name) in sources, f"{port.name} lies nowhere"


def check_nodes(plan: Json, model: onnx.ModelProto) -> None:
    """Raises AssertionError unless every node that computes what somebody gets appears in a step."""
    nodes = {number for step in plan["steps"] for number in step["source_ops"]}
    assert nodes <= set(range(len(model.graph.node)))
    missing = {number for number in needed_nodes(model) if model.graph.node[number].op_type != "Constant"} - nodes
    if not plan["steps"]:  # nothing is computed: the outputs are the inputs' bytes
        missing = {number for number in missing if model.graph.node[number].op_type not in VIEWS}
    assert not missing, f"no step stands for {[(n, model.graph.node[n].op_type) for n in sorted(missing)]}"


def needed_nodes(model: onnx.ModelProto) -> set[int]:
    """Nodes that the graph's outputs depend on; the others compute nothing that anybody gets."""
    nodes = model.graph.node
    writer = {name: number for number, node in enumerate(nodes) for name in node.output}
    found: set[int] = set()
    stack = [port.name for port in model.graph.output]
    while stack:
        number = writer.get(stack.pop())
        if number is not None and number not in found:
            found.add(number)
            stack += names_read(nodes[number])
    return found


def names_read(node: onnx.NodeProto) -> list[str]:
    """What a node reads, subgraphs included."""
    names = list(node.input)
    for attribute in node.attribute:
        for graph in (attribute.g, *attribute.graphs):
            names += [name for inner in graph.node for name in names_read(inner)]
            names += [port.name for port in graph.output]
    return names


def _check_sizes(plan: Json, model: onnx.ModelProto, shapes: Mapping[str, Sequence[int]]) -> None:
    """Bytes are what the file's tensor holds; where it is quantised, one for each element. Rows are its height."""
    types, names = value_types(model, shapes), value_names(model)
    integers = _held_as_integers(model)
    ports = {port.name for port in (*model.graph.input, *model.graph.output)}
    for buffer in plan["buffers"]:
        first, last = buffer["rows"]
        assert 0 <= first < last
        name = None if buffer["source_tensor"] is None else names[buffer["source_tensor"]]
        if name is None or name not in types:
            continue
        shape, size = types[name]
        elements = math.prod(shape)
        allowed = {elements * size} | ({elements} if name in integers else set())
        if name in ports:
            allowed = {elements * size}
        assert buffer["bytes"] in allowed, f"{name} {shape} x {size} has {buffer['bytes']} bytes"
        if len(shape) == 4:
            assert last <= max(shape[1:3]), f"{name} {shape} has rows {first}..{last}"


def _held_as_integers(model: onnx.ModelProto) -> set[str]:
    """Float values that are quantised or were dequantised, and what lies between such and the next: names of values
    that a compiler may hold as the integers that they stand for."""
    reads_stored = {"DequantizeLinear"}
    found = {name for node in model.graph.node if node.op_type in reads_stored for name in node.output}
    found |= {node.input[0] for node in model.graph.node if node.op_type == "QuantizeLinear"}
    for nodes in (model.graph.node, reversed(model.graph.node)):
        for node in nodes:
            if found.intersection(node.input) or found.intersection(node.output):
                found |= {*node.output} | ({*node.input} if found.intersection(node.output) else set())
    return found


def _check_live_ranges(plan: Json, model: onnx.ModelProto) -> None:
    """A buffer lives from the step that writes it to the last one that reads it, closed."""
    names, last = value_names(model), max(len(plan["steps"]) - 1, 0)
    inputs = {port.name for port in model.graph.input}
    outputs = {port.name for port in model.graph.output}
    tensors = [buffer["tensor"] for buffer in plan["buffers"]]
    assert len(tensors) == len(set(tensors)), "a name stands for two buffers"
    groups = _same_bytes(plan)
    for buffer in plan["buffers"]:
        aliases = groups[buffer["tensor"]]
        written = [place for place, step in enumerate(plan["steps"]) if aliases.intersection(step["writes"])]
        read = [place for place, step in enumerate(plan["steps"]) if aliases.intersection(step["reads"])]
        numbers = [b["source_tensor"] for b in plan["buffers"] if b["tensor"] in aliases]
        sources = {names[number] for number in numbers if number is not None}
        assert 0 <= buffer["first_step"] <= buffer["last_step"] <= last
        if sources & inputs:
            assert buffer["first_step"] == 0
        else:
            assert written, f"{buffer['tensor']} is never written"
            assert buffer["first_step"] <= written[0]
        assert all(place <= buffer["last_step"] for place in read + written)
        assert all(place >= buffer["first_step"] for place in read)
        if sources & outputs:
            assert buffer["last_step"] == last
            over = {name for pair in plan["overlaps"] if buffer["tensor"] in pair for name in pair} - aliases
            later = {b["tensor"] for b in plan["buffers"] if b["first_step"] > buffer["first_step"]}
            assert not over & later, f"{over & later} overwrite the output {buffer['tensor']}"
    known = set(tensors)
    assert all(name in known for step in plan["steps"] for name in (*step["reads"], *step["writes"]))
    available = {name for buffer in plan["buffers"] if buffer["first_step"] == 0 for name in [buffer["tensor"]]}
    available &= {b["tensor"] for b in plan["buffers"] if not any(b["tensor"] in s["writes"] for s in plan["steps"])}
    for step in plan["steps"]:
        for name in step["reads"]:
            assert groups[name] & available, f"{step['op']} reads {name} before it is written"
        available.update(step["writes"])


def _same_bytes(plan: Json) -> dict[str, set[str]]:
    """Names of one buffer: those that share offset, size and live range and are named in ``overlaps``."""
    by_name = {buffer["tensor"]: buffer for buffer in plan["buffers"]}
    groups = {name: {name} for name in by_name}
    for one, other in plan["overlaps"]:
        keys = ("offset", "bytes", "first_step", "last_step")
        if all(by_name[one][key] == by_name[other][key] for key in keys):
            groups[one].add(other)
            groups[other].add(one)
    return groups


def _check_bytes(plan: Json) -> None:
    """No two buffers that live in a common step share bytes, save for named pairs; the arena ends where they end."""
    excused = {frozenset(pair) for pair in plan["overlaps"]}
    buffers = plan["buffers"]
    for place, one in enumerate(buffers):
        for other in buffers[:place]:
            together = one["first_step"] <= other["last_step"] and other["first_step"] <= one["last_step"]
            shared = one["offset"] < other["offset"] + other["bytes"] and other["offset"] < one["offset"] + one["bytes"]
            pair = frozenset((one["tensor"], other["tensor"]))
            assert not (together and shared) or pair in excused, f"{sorted(pair)} share bytes"
    for pair in plan["overlaps"]:
        _check_overlap(plan, *pair)
    end = max((buffer["offset"] + buffer["bytes"] for buffer in buffers), default=0)
    assert plan["arena_bytes"] == -(-end // plan["alignment"]) * plan["alignment"]
    assert plan["alignment"] == 16


def _check_overlap(plan: Json, one: str, other: str) -> None:
    """Two names of the same bytes; or a result over an operand of its element-wise step, which nobody needs later."""
    buffers = {buffer["tensor"]: buffer for buffer in plan["buffers"]}
    first, second = sorted((buffers[one], buffers[other]), key=lambda buffer: buffer["first_step"])
    if all(first[key] == second[key] for key in ("offset", "bytes", "first_step", "last_step")):
        return
    pair, at, groups = f"{one} and {other}", second["first_step"], _same_bytes(plan)
    step = plan["steps"][at]
    assert first["last_step"] == at, f"{pair} live together in more than the step that writes in place"
    assert groups[first["tensor"]].intersection(step["reads"]), f"{step['op']} does not read {first['tensor']}"
    assert groups[second["tensor"]].intersection(step["writes"]), f"{step['op']} does not write {second['tensor']}"
    kind = step["op"].rpartition("_")[0]
    assert kind in IN_PLACE, f"{step['op']} cannot write in place"
    assert first["offset"] == second["offset"], f"{pair} share bytes at different offsets"
    sizes = {first["bytes"]} | ({first["bytes"] // 4} if kind == "quantize" else set())
    assert second["bytes"] in sizes, f"{pair} differ in size, {first['bytes']} and {second['bytes']} bytes"


def _check_order(plan: Json, model: onnx.ModelProto) -> None:
    """No node stands in steps that are all before those of a node that it reads from."""
    places: dict[int, list[int]] = {}
    for place, step in enumerate(plan["steps"]):
        for number in step["source_ops"]:
            places.setdefault(number, []).append(place)
    writer = {name: number for number, node in enumerate(model.graph.node) for name in node.output if name}
    for number, node in enumerate(model.graph.node):
        for before in {writer[name] for name in names_read(node) if name in writer}:
            if number in places and before in places:
                kinds = model.graph.node[before].op_type, node.op_type
                assert min(places[before]) <= max(places[number]), f"{kinds} #{before}, #{number} are swapped"
