"""Reads ONNX files: any operator and any well-formed file; from a damaged one, nothing but a clear error.

``onnx.checker`` is not asked: real files use operators before the version that brought them, or put operators of their
own into ONNX's domain. What matters to the steps behind is checked here.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import defs

from arenite.errors import AreniteError, ModelError, UnsupportedError
from arenite.frontends.onnx.file.functions import inline_functions
from arenite.frontends.onnx.file.nodes import domain_name, make_node
from arenite.frontends.onnx.file.order import runnable_order
from arenite.frontends.onnx.file.tensors import (
    DTYPES,
    MAX_DATA_BYTES,
    MAX_RANK,
    embed_external_data,
    sparse_to_array,
    to_array,
)
from arenite.frontends.onnx.file.text import check_text, make_names_printable, node_lists, printable
from arenite.frontends.onnx.graph import Array, OnnxGraph, Value
from arenite.frontends.onnx.simplify.fold import MAX_FOLDED_BYTES, constant_value

_EXPORT_AGAIN = "export the model again"
_GIVE_A_FILE = "give the path of an .onnx file"


def load_graph(path: str | Path) -> OnnxGraph:
    """The main graph of an ``.onnx`` file, with the data that stands beside it; ``Constant`` nodes are constants.

    Raises:
        ModelError: the file cannot be read, is damaged or inconsistent.
        UnsupportedError: it uses something other than tensors.
    """
    file = str(path)
    data = _read(Path(path), file)
    return parse_graph(data, file, Path(path).parent)


def parse_graph(data: bytes, file: str, directory: Path) -> OnnxGraph:
    """As ``load_graph``, from bytes; ``directory`` is where files with external data may stand."""
    try:
        model = _parse(data)
        check_text(model)
        embed_external_data(model, directory)
        make_names_printable(model)
        return _graph(model, file)
    except AreniteError as error:
        raise type(error)(error.problem, file=file, operator=error.operator, remedy=error.remedy) from None
    except UnicodeDecodeError:
        raise ModelError("holds a name that is not UTF-8", file=file, remedy=_EXPORT_AGAIN) from None


def _read(path: Path, file: str) -> bytes:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ModelError("not a file", file=file, remedy=_GIVE_A_FILE)
        if status.st_size > MAX_DATA_BYTES:
            raise ModelError("larger than 2 GiB", file=file, remedy="export a smaller model")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ModelError(f"cannot be read: {reason}", file=file, remedy="check path and permissions") from None


def _parse(data: bytes) -> onnx.ModelProto:
    if not data:
        raise ModelError("the file is empty", remedy=_GIVE_A_FILE)
    model = onnx.ModelProto()
    try:
        model.ParseFromString(data)
    except (DecodeError, ValueError, RuntimeError):
        raise ModelError("not an ONNX file, or damaged or truncated", remedy=_GIVE_A_FILE) from None
    if not model.HasField("graph"):
        raise ModelError("not an ONNX file: it holds no graph", remedy=_GIVE_A_FILE)
    return model


def _graph(model: onnx.ModelProto, file: str) -> OnnxGraph:
    opsets = {domain_name(entry.domain): entry.version for entry in model.opset_import}
    plain = any(not domain_name(node.domain) for nodes in node_lists(model) for node in nodes)
    opset = opsets.pop("", 0 if plain else defs.onnx_opset_version())
    if not all(0 <= version < 1 << 31 for version in opsets.values()):
        raise ModelError("states an impossible version of an operator set", remedy=_EXPORT_AGAIN)
    if not 0 < opset < 1 << 31:
        raise ModelError("states no version of ONNX's operator set", remedy=_EXPORT_AGAIN)
    if not model.graph.output:
        raise ModelError("the graph has no outputs", remedy=_EXPORT_AGAIN)
    numbers = _numbers(model.graph)
    file_nodes = len(model.graph.node)
    graph, sources = inline_functions(model)
    constants = _initializers(graph)
    values: dict[str, Value] = {}
    declared: dict[str, tuple[int | str, ...]] = {}
    for infos in (graph.value_info, graph.output, graph.input):
        for info in infos:
            _declare(info, values, declared)
    inputs = tuple(info.name for info in graph.input if info.name not in constants)
    outputs = tuple(info.name for info in graph.output)
    _check_ports(graph, values, inputs)
    nodes = [make_node(node, (source,)) for node, source in zip(graph.node, sources, strict=True)]
    nodes = list(runnable_order(nodes, (*inputs, *constants)))
    constant_sources = {}
    for node in nodes:
        if node.kind == "Constant" and len(node.outputs) == 1 and node.outputs[0]:
            constants[node.outputs[0]] = constant_value(node)
            constant_sources[node.outputs[0]] = node.sources
    nodes = [node for node in nodes if node.kind != "Constant"]
    written = {name for node in nodes for name in node.outputs} | {*inputs, *constants}
    for name in outputs:
        if name not in written:
            raise ModelError(f"nothing writes the model output '{name}'", remedy=_EXPORT_AGAIN)
    return OnnxGraph(
        file,
        printable(graph.name) or "main",
        opset,
        tuple(nodes),
        {name: value for name, value in values.items() if name not in constants},
        constants,
        inputs,
        outputs,
        numbers,
        file_nodes,
        constant_sources,
        declared,
        opsets,
    )


def _numbers(graph: onnx.GraphProto) -> dict[str, int]:
    names: dict[str, None] = {}
    for node in graph.node:
        names.update(dict.fromkeys((*node.input, *node.output)))
    names.update(dict.fromkeys(info.name for info in graph.input))
    names.update(dict.fromkeys(tensor.name for tensor in graph.initializer))
    names.update(dict.fromkeys(tensor.values.name for tensor in graph.sparse_initializer))
    names.update(dict.fromkeys(info.name for info in graph.output))
    names.pop("", None)
    return {name: number for number, name in enumerate(names)}


def _initializers(graph: onnx.GraphProto) -> dict[str, Array]:
    constants: dict[str, Array] = {}
    left = MAX_FOLDED_BYTES
    for name, tensor in (
        *((tensor.name, tensor) for tensor in graph.initializer),
        *((tensor.values.name, tensor) for tensor in graph.sparse_initializer),
    ):
        if not name or name in constants:
            what = f"has two initializers '{name}'" if name else "has an initializer without a name"
            raise ModelError(what, remedy=_EXPORT_AGAIN)
        if isinstance(tensor, onnx.TensorProto):
            constants[name] = to_array(tensor)
        else:
            constants[name] = sparse_to_array(tensor, left)
            left -= constants[name].nbytes
    return constants


def _declare(info: onnx.ValueInfoProto, values: dict[str, Value], declared: dict[str, tuple[int | str, ...]]) -> None:
    """What the file says of a value; nothing for what is not a tensor."""
    if info.type.WhichOneof("value") != "tensor_type":
        return
    tensor = info.type.tensor_type
    dtype = DTYPES.get(tensor.elem_type)
    if dtype is None:
        return
    shape = None
    if tensor.HasField("shape"):
        dims = declared[info.name] = tuple(_extent(dim) for dim in tensor.shape.dim)
        shape = tuple(extent for extent in dims if isinstance(extent, int))
        shape = shape if len(shape) == len(dims) else None
    values[info.name] = Value(info.name, shape, dtype)


def _extent(dim: onnx.TensorShapeProto.Dimension) -> int | str:
    # No model can run on an empty input: exporters that do not know an extent write 0 or -1.
    if dim.WhichOneof("value") == "dim_value":
        return int(dim.dim_value) if dim.dim_value > 0 else ""
    return printable(dim.dim_param)


def _check_ports(graph: onnx.GraphProto, values: dict[str, Value], inputs: Sequence[str]) -> None:
    for what, infos, names in (
        ("input", graph.input, inputs),
        ("output", graph.output, [info.name for info in graph.output]),
    ):
        _check_names(what, [info.name for info in infos], len(infos))
        for info in infos:
            if info.name not in names:
                continue
            form = info.type.WhichOneof("value")
            if form not in ("tensor_type", None):
                raise UnsupportedError(
                    f"the model {what} '{info.name}' is no tensor but a {form.removesuffix('_type').replace('_', ' ')}",
                    remedy="export a model of tensors",
                )
            if info.name not in values and what == "input":
                raise ModelError(f"the model input '{info.name}' has no type", remedy=_EXPORT_AGAIN)
            if info.type.HasField("tensor_type") and len(info.type.tensor_type.shape.dim) > MAX_RANK:
                rank = len(info.type.tensor_type.shape.dim)
                raise UnsupportedError(f"the model {what} '{info.name}' has {rank} axes", remedy=_EXPORT_AGAIN)


def _check_names(what: str, names: Iterable[str], count: int) -> None:
    if len({*names}) != count or "" in names:
        raise ModelError(f"lists a model {what} twice or without a name", remedy=_EXPORT_AGAIN)
