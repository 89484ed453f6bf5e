"""Reads TensorFlow Lite files: any operator and any well-formed file; from a damaged one, nothing but a clear error."""

from __future__ import annotations

import stat
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import tflite
from flatbuffers import number_types

from arenite.errors import AreniteError, ModelError
from arenite.frontends.calls import call_bytes
from arenite.frontends.checks import check_model
from arenite.frontends.model import Model, Operator
from arenite.frontends.rewrites.dissolve_concatenations import dissolve_concatenations
from arenite.frontends.rewrites.fold_concatenations import fold_concatenations
from arenite.frontends.rewrites.fold_pads import fold_pads
from arenite.frontends.rewrites.fold_shapes import fold_shapes
from arenite.frontends.rewrites.fold_slices import fold_slices
from arenite.frontends.rewrites.name_fills import name_fills
from arenite.frontends.rewrites.name_reshapes import name_reshapes
from arenite.frontends.rewrites.show_states import show_states
from arenite.frontends.rewrites.slice_splits import slice_splits
from arenite.frontends.rewrites.state_copies import save_state_copies
from arenite.frontends.rewrites.state_windows import keep_windows
from arenite.frontends.rewrites.turn_columns import turn_columns
from arenite.frontends.rewrites.turn_left_operands import turn_left_operands
from arenite.frontends.rewrites.unpack_constants import unpack_constants
from arenite.frontends.rewrites.unsigned import signed
from arenite.frontends.state import state_bytes
from arenite.frontends.tflite.options import read_attributes
from arenite.frontends.tflite.source import DAMAGE, Source
from arenite.frontends.tflite.tensors import read_tensor
from arenite.frontends.tflite.variables import with_states

MAX_FILE_BYTES = (1 << 31) - 1
"""Offsets in a flatbuffer are signed 32-bit numbers."""

REWRITES: tuple[Callable[[Model], Model], ...] = (
    show_states, unpack_constants, signed, turn_left_operands, slice_splits, name_fills, name_reshapes, fold_slices,
    fold_pads, turn_columns, dissolve_concatenations, fold_concatenations, keep_windows, save_state_copies,
)  # fmt: skip
"""In this order: what makes other operators of some comes before what looks for these, and states last."""

_IDENTIFIER = b"TFL3"
_CONVERT_AGAIN = "convert the model again"
_BUILTIN_CODE_SLOT = 10  # of the vtable of an OperatorCode, in schema.fbs its fourth field
_KINDS = {value: name for name, value in vars(tflite.BuiltinOperator).items() if name[0] != "_"}


def read_tflite(path: str | Path) -> Model:
    """The main subgraph of a ``.tflite`` file, as it is planned and compiled: after all ``REWRITES``. Raises ModelError
    and UnsupportedError like ``parse_tflite``."""
    model = parse_tflite(read_bytes(path), str(path))
    for rewrite in REWRITES:
        model = rewrite(model)
    return model


def read_bytes(path: str | Path) -> bytes:
    """The content of a file that may be a model; raises ModelError if it cannot be read or is too large for one."""
    file = str(path)
    try:
        status = Path(path).stat()
        if not stat.S_ISREG(status.st_mode):
            raise ModelError("not a file", file=file, remedy="give the path of a .tflite file")
        if status.st_size > MAX_FILE_BYTES:
            raise ModelError("larger than 2 GiB", file=file, remedy="convert a smaller model")
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ModelError(f"cannot be read: {reason}", file=file, remedy="check path and permissions") from None


def parse_tflite(data: bytes, file: str) -> Model:
    """The main subgraph of a TensorFlow Lite file, from its bytes; ``file`` is what messages call it.

    The other subgraphs (initialisers, bodies of loops) are checked likewise; of them the model only has the state.
    Operators that compute shapes are evaluated (``fold_shapes``) and not among the model's, and handles of variables
    are the variables themselves (``with_states``); all other operators are.
    Raises ModelError for a file that is damaged or inconsistent, UnsupportedError for one that cannot be planned.
    """
    models = parse_subgraphs(data, file)
    called = call_bytes(models)
    main = with_states(fold_shapes(models[0]), models)
    check_model(main)
    return replace(main, state_bytes=state_bytes(main, models), call_bytes=called)


def parse_subgraphs(data: bytes, file: str) -> list[Model]:
    """Every subgraph of a TensorFlow Lite file, the main one first, each with all of its operators and its own tensors.

    Raises as ``parse_tflite`` does.
    """
    if len(data) > MAX_FILE_BYTES:
        raise ModelError("larger than 2 GiB", file=file, remedy="convert a smaller model")
    if data[4:8] != _IDENTIFIER:
        problem = "not a TensorFlow Lite file (no TFL3 at byte 4)" if data else "the file is empty"
        raise ModelError(problem, file=file, remedy="give the path of a .tflite file")
    try:
        models = _subgraphs(Source(data), file)
    except AreniteError as error:
        raise type(error)(error.problem, file=file, operator=error.operator, remedy=error.remedy) from None
    except DAMAGE as error:
        raise ModelError(
            f"damaged or truncated: an offset leaves the file ({error})",
            file=file,
            remedy="copy or convert the model again",
        ) from None
    for model in models:
        check_model(model)
    return models


def _subgraphs(source: Source, file: str) -> list[Model]:
    """All subgraphs; the first is the model, the others are what its operators call."""
    model = tflite.Model.GetRootAs(source.data, 0)
    kinds = [_kind(source, code) for code in source.tables(model, "OperatorCodes")]
    buffers = source.tables(model, "Buffers")
    subgraphs = source.tables(model, "Subgraphs")
    if not subgraphs:
        raise ModelError("holds no subgraph", remedy=_CONVERT_AGAIN)
    return [_subgraph(source, file, subgraph, kinds, buffers) for subgraph in subgraphs]


def _kind(source: Source, code: tflite.OperatorCode) -> str:
    # Files from before 2020 have the byte field only, some writers fill the 32-bit field only. The tflite package's own
    # BuiltinCode() goes back to the byte field for small numbers, so the other one is read here.
    place = code._tab.Offset(_BUILTIN_CODE_SLOT)
    wide = code._tab.Get(number_types.Int32Flags, code._tab.Pos + place) if place else 0
    number = max(code.DeprecatedBuiltinCode(), wide)
    if number == tflite.BuiltinOperator.CUSTOM:
        return f"CUSTOM:{source.text(code.CustomCode())}"
    kind: str = _KINDS.get(number, f"BUILTIN:{number}")
    return kind


def _subgraph(
    source: Source, file: str, subgraph: tflite.SubGraph, kinds: Sequence[str], buffers: Sequence[tflite.Buffer]
) -> Model:
    tables = source.tables(subgraph, "Tensors")
    inputs = source.numbers(subgraph, "Inputs", 4)
    outputs = source.numbers(subgraph, "Outputs", 4)
    _check_indices(inputs, 0, len(tables), "model inputs")
    _check_indices(outputs, 0, len(tables), "model outputs")
    operators = tuple(
        _operator(source, operator, index, kinds, len(tables))
        for index, operator in enumerate(source.tables(subgraph, "Operators"))
    )
    fed = frozenset(inputs)
    written = frozenset(index for operator in operators for index in operator.outputs)
    tensors = tuple(
        read_tensor(source, table, index, buffers, fed=index in fed, written=index in written)
        for index, table in enumerate(tables)
    )
    return Model(file, source.text(subgraph.Name()) or "main", tensors, operators, inputs, outputs)


def _operator(source: Source, table: tflite.Operator, index: int, kinds: Sequence[str], tensors: int) -> Operator:
    code = table.OpcodeIndex()
    if code >= len(kinds):
        raise ModelError(f"operator #{index} has code {code} of {len(kinds)}", remedy=_CONVERT_AGAIN)
    operator = Operator(index, kinds[code], source.numbers(table, "Inputs", 4), source.numbers(table, "Outputs", 4))
    _check_indices(operator.inputs, -1, tensors, "inputs", operator.label)
    _check_indices(operator.outputs, 0, tensors, "outputs", operator.label)
    intermediates = source.numbers(table, "Intermediates", 4)
    _check_indices(intermediates, 0, tensors, "intermediates", operator.label)
    own = {"intermediates": intermediates} if intermediates else {}
    try:
        return replace(operator, attributes=read_attributes(table, operator.kind, source.check_length) | own)
    except ModelError as error:
        raise ModelError(error.problem, operator=operator.label, remedy=error.remedy) from None


def _check_indices(indices: Sequence[int], low: int, high: int, what: str, operator: str | None = None) -> None:
    for index in indices:
        if not low <= index < high:
            raise ModelError(
                f"tensor {index} among the {what}, there are {high} tensors", operator=operator, remedy=_CONVERT_AGAIN
            )
