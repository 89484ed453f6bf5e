"""Writes small TensorFlow Lite files for tests, without TensorFlow. The same calls give the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import flatbuffers
import numpy as np
import numpy.typing as npt
import tflite

from arenite.frontends.tflite.options import options_table, snake_case

IDENTIFIER = b"TFL3"
BUFFER_ALIGNMENT = 16

VERSIONS = {"BROADCAST_TO": 3}
"""Of operators that TFLite knows no first version of."""

ENUM_OF_FIELD = {
    "padding": tflite.Padding,
    "fused_activation_function": tflite.ActivationFunctionType,
    "quantized_bias_type": tflite.TensorType,
    "in_data_type": tflite.TensorType,
    "out_data_type": tflite.TensorType,
    "weights_format": tflite.FullyConnectedOptionsWeightsFormat,
    "mode": tflite.MirrorPadMode,
    "output_type": tflite.TensorType,
}


@dataclass(frozen=True)
class _Tensor:
    name: str | None
    shape: tuple[int, ...]
    dtype: str
    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    axis: int
    data: npt.NDArray[np.generic] | None
    variable: bool
    signature: tuple[int, ...]


@dataclass(frozen=True)
class _Operator:
    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Mapping[str, object]
    intermediates: tuple[int, ...]


class ModelWriter:
    """Collects tensors and operators of one subgraph; ``finish`` gives the file, if need be with further subgraphs.

    Tensors are numbered in the order in which they are added, operators in the order of execution.
    """

    def __init__(self, name: str = "main") -> None:
        self._name = name
        self._tensors: list[_Tensor] = []
        self._operators: list[_Operator] = []

    def tensor(
        self,
        name: str | None,
        shape: Sequence[int],
        dtype: str = "int8",
        *,
        scale: float | Sequence[float] | None = None,
        zero_point: int | Sequence[int] = 0,
        axis: int = 0,
        data: npt.ArrayLike | None = None,
        variable: bool = False,
        signature: Sequence[int] = (),
    ) -> int:
        """Add a tensor and return its index. ``data`` makes it a constant of this ``dtype`` and ``shape``; several
        scales make it quantised per slice along ``axis``, where one ``zero_point`` stands for all slices. ``data`` of
        int4 is given value by value. ``signature`` is the shape with -1 for what may change at run time. ``name`` None
        leaves the name out."""
        scales = () if scale is None else tuple(float(one) for one in np.atleast_1d(np.asarray(scale)))
        points = tuple(int(one) for one in np.atleast_1d(np.asarray(zero_point)))
        if len(points) == 1:
            points *= len(scales)
        stored = "int8" if dtype == "int4" else dtype
        array = None if data is None else np.ascontiguousarray(data, dtype=stored).reshape(tuple(shape))
        if array is not None and dtype == "int4":
            array = _pairs(array)
        self._tensors.append(
            _Tensor(name, tuple(shape), dtype, scales, points, axis, array, variable, tuple(signature))
        )
        return len(self._tensors) - 1

    def operator(
        self,
        kind: str,
        inputs: Sequence[int],
        outputs: Sequence[int],
        *,
        intermediates: Sequence[int] = (),
        **options: object,
    ) -> int:
        """Add an operator and return its index. ``kind`` is TFLite's name, or ``CUSTOM:<code>``; ``options`` are fields
        of its option table in snake case, enumerations by name (``padding="SAME"``); a custom operator has
        ``custom_options``, bytes. -1 is an absent input."""
        self._operators.append(_Operator(kind, tuple(inputs), tuple(outputs), options, tuple(intermediates)))
        return len(self._operators) - 1

    def finish(
        self,
        inputs: Sequence[int],
        outputs: Sequence[int],
        *,
        others: Sequence[tuple[ModelWriter, Sequence[int], Sequence[int]]] = (),
        metadata: Sequence[tuple[str, bytes]] = (),
    ) -> bytes:
        """The model with these tensors as its inputs and outputs, as the bytes of a ``.tflite`` file.

        ``others``: the subgraphs behind this one, each with its inputs and outputs; ``metadata``: names and contents.
        """
        builder = flatbuffers.Builder(1024)
        subgraphs = [(self, inputs, outputs), *others]
        constants = [tensor.data for one, _, _ in subgraphs for tensor in one._tensors if tensor.data is not None]
        entries = [np.frombuffer(content, np.uint8) for _, content in metadata]
        buffers = [_buffer(builder, data) for data in [None, *constants, *entries]]
        kinds = sorted({operator.kind for one, _, _ in subgraphs for operator in one._operators})

        following_buffer = 1
        tables = []
        for one, fed, returned in subgraphs:
            tensors = []
            for tensor in one._tensors:
                tensors.append(_tensor(builder, tensor, following_buffer if tensor.data is not None else 0))
                following_buffer += tensor.data is not None
            operators = [_operator(builder, operator, kinds.index(operator.kind)) for operator in one._operators]
            tables.append((one._name, tensors, operators, fed, returned))
        codes = [_operator_code(builder, kind) for kind in kinds]

        subgraph_tables = [_subgraph(builder, *table) for table in tables]
        entry_tables = [_metadata(builder, name, following_buffer + at) for at, (name, _) in enumerate(metadata)]
        code_vector = _offsets(builder, codes)
        subgraph_vector = _offsets(builder, subgraph_tables)
        buffer_vector = _offsets(builder, buffers)
        metadata_vector = _offsets(builder, entry_tables) if entry_tables else None
        description = builder.CreateString("written by arenite's tests")
        tflite.ModelStart(builder)
        tflite.ModelAddVersion(builder, 3)
        tflite.ModelAddOperatorCodes(builder, code_vector)
        tflite.ModelAddSubgraphs(builder, subgraph_vector)
        tflite.ModelAddDescription(builder, description)
        tflite.ModelAddBuffers(builder, buffer_vector)
        if metadata_vector is not None:
            tflite.ModelAddMetadata(builder, metadata_vector)
        builder.Finish(tflite.ModelEnd(builder), file_identifier=IDENTIFIER)
        return bytes(builder.Output())


def _pairs(values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    """Two integers of four bits in each byte, the first one in its lower half."""
    flat = np.append(values.ravel(), np.zeros(values.size % 2, np.int8)).view(np.uint8)
    return (flat[0::2] & 15 | flat[1::2] << 4).astype(np.uint8)


def _metadata(builder: flatbuffers.Builder, name: str, buffer: int) -> int:
    label = builder.CreateString(name)
    tflite.MetadataStart(builder)
    tflite.MetadataAddName(builder, label)
    tflite.MetadataAddBuffer(builder, buffer)
    return int(tflite.MetadataEnd(builder))


def _subgraph(
    builder: flatbuffers.Builder,
    name: str,
    tensors: Sequence[int],
    operators: Sequence[int],
    inputs: Sequence[int],
    outputs: Sequence[int],
) -> int:
    tensor_vector = _offsets(builder, tensors)
    operator_vector = _offsets(builder, operators)
    input_vector = builder.CreateNumpyVector(np.asarray(inputs, dtype=np.int32))
    output_vector = builder.CreateNumpyVector(np.asarray(outputs, dtype=np.int32))
    label = builder.CreateString(name)
    tflite.SubGraphStart(builder)
    tflite.SubGraphAddTensors(builder, tensor_vector)
    tflite.SubGraphAddInputs(builder, input_vector)
    tflite.SubGraphAddOutputs(builder, output_vector)
    tflite.SubGraphAddOperators(builder, operator_vector)
    tflite.SubGraphAddName(builder, label)
    return int(tflite.SubGraphEnd(builder))


def _buffer(builder: flatbuffers.Builder, data: npt.NDArray[np.generic] | None) -> int:
    vector = None
    if data is not None:
        content = data.astype(data.dtype.newbyteorder("<")).tobytes()
        builder.StartVector(1, len(content), BUFFER_ALIGNMENT)
        head = builder.Head() - len(content)
        builder.head = head
        builder.Bytes[head : head + len(content)] = content
        vector = builder.EndVector()
    tflite.BufferStart(builder)
    if vector is not None:
        tflite.BufferAddData(builder, vector)
    return int(tflite.BufferEnd(builder))


def _tensor(builder: flatbuffers.Builder, tensor: _Tensor, buffer: int) -> int:
    quantisation = _quantisation(builder, tensor) if tensor.scales else None
    name = None if tensor.name is None else builder.CreateString(tensor.name)
    shape = builder.CreateNumpyVector(np.asarray(tensor.shape, dtype=np.int32))
    signature = builder.CreateNumpyVector(np.asarray(tensor.signature, dtype=np.int32)) if tensor.signature else None
    tflite.TensorStart(builder)
    tflite.TensorAddShape(builder, shape)
    tflite.TensorAddType(builder, getattr(tflite.TensorType, tensor.dtype.upper()))
    tflite.TensorAddBuffer(builder, buffer)
    if name is not None:
        tflite.TensorAddName(builder, name)
    if quantisation is not None:
        tflite.TensorAddQuantization(builder, quantisation)
    tflite.TensorAddIsVariable(builder, tensor.variable)
    if signature is not None:
        tflite.TensorAddShapeSignature(builder, signature)
    tflite.TensorAddHasRank(builder, True)
    return int(tflite.TensorEnd(builder))


def _quantisation(builder: flatbuffers.Builder, tensor: _Tensor) -> int:
    scales = builder.CreateNumpyVector(np.asarray(tensor.scales, dtype=np.float32))
    zero_points = builder.CreateNumpyVector(np.asarray(tensor.zero_points, dtype=np.int64))
    tflite.QuantizationParametersStart(builder)
    tflite.QuantizationParametersAddScale(builder, scales)
    tflite.QuantizationParametersAddZeroPoint(builder, zero_points)
    tflite.QuantizationParametersAddQuantizedDimension(builder, tensor.axis)
    return int(tflite.QuantizationParametersEnd(builder))


def _operator_code(builder: flatbuffers.Builder, kind: str) -> int:
    builtin, _, custom = kind.partition(":")
    label = builder.CreateString(custom) if custom else None
    code = getattr(tflite.BuiltinOperator, builtin)
    tflite.OperatorCodeStart(builder)
    # Codes beyond the range of the old byte field stand there as PLACEHOLDER_FOR_GREATER_OP_CODES (127).
    tflite.OperatorCodeAddDeprecatedBuiltinCode(builder, min(code, 127))
    if label is not None:
        tflite.OperatorCodeAddCustomCode(builder, label)
    tflite.OperatorCodeAddVersion(builder, VERSIONS.get(kind, 1))
    tflite.OperatorCodeAddBuiltinCode(builder, code)
    return int(tflite.OperatorCodeEnd(builder))


def _operator(builder: flatbuffers.Builder, operator: _Operator, code: int) -> int:
    table = options_table(operator.kind)
    custom = dict(operator.options).get("custom_options") if operator.kind.startswith("CUSTOM:") else None
    if table is None and operator.options and custom is None:
        raise ValueError(f"{operator.kind} has no options, got {sorted(operator.options)}")
    options = None if table is None else _options(builder, table, operator.options)
    custom_vector = builder.CreateByteVector(custom) if isinstance(custom, bytes) else None
    inputs = builder.CreateNumpyVector(np.asarray(operator.inputs, dtype=np.int32))
    outputs = builder.CreateNumpyVector(np.asarray(operator.outputs, dtype=np.int32))
    between = np.asarray(operator.intermediates, dtype=np.int32)
    intermediates = builder.CreateNumpyVector(between) if operator.intermediates else None
    tflite.OperatorStart(builder)
    tflite.OperatorAddOpcodeIndex(builder, code)
    tflite.OperatorAddInputs(builder, inputs)
    tflite.OperatorAddOutputs(builder, outputs)
    if table is not None:
        tflite.OperatorAddBuiltinOptionsType(builder, getattr(tflite.BuiltinOptions, table))
        tflite.OperatorAddBuiltinOptions(builder, options)
    if custom_vector is not None:
        tflite.OperatorAddCustomOptions(builder, custom_vector)
    if intermediates is not None:
        tflite.OperatorAddIntermediates(builder, intermediates)
    return int(tflite.OperatorEnd(builder))


def _options(builder: flatbuffers.Builder, table: str, options: Mapping[str, object]) -> int:
    adders = {
        snake_case(name.removeprefix(f"{table}Add")): getattr(tflite, name)
        for name in dir(tflite)
        if name.startswith(f"{table}Add")
    }
    unknown = sorted(set(options) - set(adders))
    if unknown:
        raise ValueError(f"{table} has no field {', '.join(unknown)}; it has {', '.join(sorted(adders))}")
    values = {field: _option_value(builder, field, value) for field, value in options.items()}
    getattr(tflite, f"{table}Start")(builder)
    for field in sorted(values):
        adders[field](builder, values[field])
    return int(getattr(tflite, f"{table}End")(builder))


def _option_value(builder: flatbuffers.Builder, field: str, value: object) -> object:
    """What the field's adder takes: strings and vectors have to be written before the table that points to them."""
    if isinstance(value, str):
        enum = ENUM_OF_FIELD.get(field)
        return builder.CreateString(value) if enum is None else getattr(enum, value)
    if isinstance(value, list | tuple):
        return builder.CreateNumpyVector(np.asarray(value, dtype=np.int32))
    return value


def _offsets(builder: flatbuffers.Builder, offsets: Sequence[int]) -> int:
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return int(builder.EndVector())
