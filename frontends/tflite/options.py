"""The options of a TensorFlow Lite operator as attributes, whatever the operator: read off the generated classes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import flatbuffers
import tflite

from arenite.errors import ModelError
from arenite.frontends.tflite.source import quick

# Kinds whose option table is not named after them, as in TFLite's schema.fbs and flatbuffer_conversions.cc.
_OPTIONS_OF_KIND = {
    "AVERAGE_POOL_2D": "Pool2DOptions",
    "MAX_POOL_2D": "Pool2DOptions",
    "L2_POOL_2D": "Pool2DOptions",
    "L2_NORMALIZATION": "L2NormOptions",
    "UNIDIRECTIONAL_SEQUENCE_RNN": "SequenceRNNOptions",
    "CONV_3D_TRANSPOSE": "Conv3DOptions",
    "MAXIMUM": "MaximumMinimumOptions",
    "MINIMUM": "MaximumMinimumOptions",
    "RANDOM_STANDARD_NORMAL": "RandomOptions",
    "RANDOM_UNIFORM": "RandomOptions",
    "MULTINOMIAL": "RandomOptions",
} | dict.fromkeys(
    ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_PROD", "REDUCE_ANY", "REDUCE_ALL"), "ReducerOptions"
)

# The generated accessors give plain numbers; the schema says of which enumeration.
_ENUM_OF_FIELD: Mapping[str, type] = {
    "padding": tflite.Padding,
    "fused_activation_function": tflite.ActivationFunctionType,
    "quantized_bias_type": tflite.TensorType,
    "in_data_type": tflite.TensorType,
    "out_data_type": tflite.TensorType,
    "out_type": tflite.TensorType,
    "idx_out_type": tflite.TensorType,
    "weights_format": tflite.FullyConnectedOptionsWeightsFormat,
    "kernel_type": tflite.LSTMKernelType,
    "combiner": tflite.CombinerType,
    "mode": tflite.MirrorPadMode,
}

Length = Callable[[int, int], None]
"""Called with the length and the item size in bytes of a vector before it is read; raises ModelError if too long."""


@cache
def options_table(kind: str) -> str | None:
    """Name of the option table of an operator kind (``CONV_2D`` -> ``Conv2DOptions``), None if it has none."""
    if kind in _OPTIONS_OF_KIND:
        return _OPTIONS_OF_KIND[kind]
    wanted = kind.replace("_", "") + "OPTIONS"
    return next((name for name in _table_names() if name.upper() == wanted), None)


@cache
def snake_case(name: str) -> str:
    """``DilationWFactor`` -> ``dilation_w_factor``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def read_attributes(operator: tflite.Operator, kind: str, check_length: Length) -> dict[str, object]:
    """Fields of the operator's BuiltinOptions: snake case names, enumerations as the names of the schema, vectors as
    tuples, strings as str. Absent options and fields have the schema's defaults.

    Raises ModelError when the file holds the options of another kind; damaged tables raise what flatbuffers raises.
    """
    expected = options_table(kind)
    found = _table_names_by_number().get(operator.BuiltinOptionsType()) if operator.BuiltinOptionsType() else None
    if expected is None:
        return {}
    if found not in (None, expected):
        raise ModelError(f"carries {found}, {kind} takes {expected}", remedy="convert the model again")
    table = operator.BuiltinOptions() if found else None
    options = getattr(tflite, expected)()
    options.Init(*(_empty_table() if table is None else (table.Bytes, table.Pos)))
    quick(options)
    values = {}
    for accessor, is_vector in _accessors(expected):
        name = snake_case(accessor)
        value = _vector(options, accessor, check_length) if is_vector else getattr(options, accessor)()
        if name in _ENUM_OF_FIELD and isinstance(value, int):
            value = _enum_names(_ENUM_OF_FIELD[name]).get(value, f"{_ENUM_OF_FIELD[name].__name__} {value}")
        elif isinstance(value, bytes):
            value = value.decode("utf-8", errors="replace")
        values[name] = value
    return values


def _vector(options: Any, accessor: str, check_length: Length) -> tuple[object, ...]:
    length = getattr(options, f"{accessor}Length")()
    check_length(length, 1)
    return tuple(getattr(options, f"{accessor}AsNumpy")().tolist()) if length else ()


@cache
def _accessors(table: str) -> tuple[tuple[str, bool], ...]:
    """The fields of a table as the generated class spells them, and whether they are vectors of numbers."""
    names = [name for name in vars(getattr(tflite, table)) if name[0].isupper() and name != "Init"]
    fields = [name for name in names if not name.startswith("GetRootAs") and not name.endswith("BufferHasIdentifier")]
    vectors = {name for name in fields if f"{name}Length" in fields}
    helpers = {f"{name}{suffix}" for name in vectors for suffix in ("Length", "AsNumpy", "IsNone")}
    return tuple(
        (name, name in vectors)
        for name in fields
        if name not in helpers and (name not in vectors or f"{name}AsNumpy" in fields)
    )


@cache
def _empty_table() -> tuple[bytes, int]:
    """A table without fields: every accessor gives its default."""
    builder = flatbuffers.Builder(32)
    builder.StartObject(0)
    builder.Finish(builder.EndObject())
    content = bytes(builder.Output())
    return content, int.from_bytes(content[:4], "little")


@cache
def _enum_names(enum: type) -> dict[int, str]:
    return {value: name for name, value in vars(enum).items() if name[0] != "_"}


@cache
def _table_names_by_number() -> dict[int, str]:
    return _enum_names(tflite.BuiltinOptions)


def _table_names() -> list[str]:
    return list(_table_names_by_number().values())
