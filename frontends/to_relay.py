"""Model file -> Relay module, through the importers of the installed TVM; their failures become arenite's errors.

A .tflite file that TVM refuses and arenite knows whole is imported without TVM.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import tflite

from arenite.errors import ModelError, UnsupportedError
from arenite.frontends.model import ITEM_BYTES, Quantisation
from arenite.frontends.own_relay import model_to_relay
from arenite.frontends.requant_shift import decompose_requant_shift
from arenite.frontends.tflite import read_tflite
from arenite.relay_compat import relay, tvm
from arenite.target import PORTABLE, Target

MAX_MESSAGE = 200


@dataclass(frozen=True)
class PortInfo:
    """An input or output of the model. ``quantisation`` is None where the file has none."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    quantisation: Quantisation | None = None

    @property
    def bytes(self) -> int:
        count = 1
        for extent in self.shape:
            count *= extent
        return count * ITEM_BYTES[self.dtype]


@dataclass(frozen=True, eq=False)
class RelayModel:
    """``module`` and ``parameters`` as ``relay.build`` takes them; inputs and outputs in the order of the file."""

    module: Any
    parameters: Mapping[str, Any]
    inputs: tuple[PortInfo, ...]
    outputs: tuple[PortInfo, ...]


def import_relay(path: Path, target: Target = PORTABLE) -> RelayModel:
    """Read a .tflite or .onnx file. ``target``: for operators that become arenite's at once.

    Raises:
        ModelError: the file is damaged, or of neither kind.
        UnsupportedError: TVM's importer does not take it; the message has the importer's reason.
    """
    if path.suffix.lower() == ".onnx":
        return _from_onnx(path)
    return _from_tflite(path, target)


def _from_tflite(path: Path, target: Target) -> RelayModel:
    model = read_tflite(path)
    if model.state_bytes:
        names = ", ".join(model.tensors[index].name for index in model.states)
        raise UnsupportedError(
            f"keeps state from one inference to the next ({names or 'variables'}), and Relay has none",
            file=str(path),
            remedy="leave out --ir relay",
        )
    source = tflite.Model.GetRootAsModel(path.read_bytes(), 0)
    try:
        module, parameters = _imported(path, lambda: relay.frontend.from_tflite(source))
    except UnsupportedError as refusal:
        try:
            module, parameters = model_to_relay(model, target), {}
        except UnsupportedError:
            raise refusal from None

    def port(index: int) -> PortInfo:
        tensor = model.tensors[index]
        return PortInfo(tensor.name, tensor.shape, tensor.dtype, tensor.quantisation)

    inputs, outputs = (tuple(port(index) for index in ports) for ports in (model.inputs, model.outputs))
    return RelayModel(module, parameters, inputs, outputs)


def _from_onnx(path: Path) -> RelayModel:
    try:
        model = decompose_requant_shift(onnx.load(path), str(path))
        onnx.checker.check_model(model)
    except UnsupportedError:
        raise
    except OSError as cause:
        raise ModelError(f"cannot be read: {cause.strerror}", file=str(path), remedy="check the path") from cause
    except Exception as cause:  # protobuf and the checker have no common class of errors
        raise ModelError(
            f"is not a valid ONNX model ({_first_line(cause)})", file=str(path), remedy="export it again"
        ) from cause
    constants = {tensor.name for tensor in model.graph.initializer}
    inputs = tuple(_onnx_port(path, value) for value in model.graph.input if value.name not in constants)
    shapes = {port.name: port.shape for port in inputs}
    module, parameters = _imported(path, lambda: relay.frontend.from_onnx(model, shape=shapes, freeze_params=True))
    names = [value.name for value in model.graph.output]
    module["main"] = module["main"].with_attr("output_tensor_names", names)
    module = _imported(path, lambda: relay.transform.InferType()(module))
    results = module["main"].ret_type
    fields = results.fields if isinstance(results, relay.TupleType) else [results]
    outputs = tuple(
        PortInfo(value.name, tuple(int(extent) for extent in type_.shape), str(type_.dtype))
        for value, type_ in zip(model.graph.output, fields, strict=True)
    )
    return RelayModel(module, parameters, inputs, outputs)


def _onnx_port(path: Path, value: onnx.ValueInfoProto) -> PortInfo:
    """An open batch, the first axis, counts as 1."""
    tensor = value.type.tensor_type
    shape = []
    for axis, extent in enumerate(tensor.shape.dim):
        if extent.HasField("dim_value") and extent.dim_value > 0:
            shape.append(extent.dim_value)
        elif axis == 0:
            shape.append(1)
        else:
            raise UnsupportedError(
                f"axis {axis} of input {value.name} has no fixed extent",
                file=str(path),
                remedy="export the model with fixed input shapes",
            )
    dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type).name
    return PortInfo(value.name, tuple(shape), dtype)


def _imported(path: Path, importer: Any) -> Any:
    try:
        return importer()
    except Exception as cause:  # importers raise whatever their assertions and look-ups run into
        raise UnsupportedError(
            f"TVM {tvm.__version__} cannot import it: {_first_line(cause)}",
            file=str(path),
            remedy="leave out --ir relay, or convert the model with operators that this TVM knows",
        ) from cause


def _first_line(cause: BaseException) -> str:
    """The line of an error that tells a person most: of TVM's, the last one, after the trace of its C++ functions."""
    lines = [line.strip() for line in str(cause).splitlines() if line.strip()]
    text = (lines[-1] if isinstance(cause, tvm.error.TVMError) else lines[0]) if lines else type(cause).__name__
    return text if len(text) <= MAX_MESSAGE else f"{text[:MAX_MESSAGE]}..."
