"""Operators with inputs or outputs too many or too few are refused by name before a lowering looks at them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from models.recurrent import lstm

from arenite.errors import ModelError
from arenite.frontends.checks import _ARITY, check_model
from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Model
from arenite.frontends.operators import TYPES, families, lower
from arenite.frontends.tflite import parse_tflite

OF_OTHER_FORMATS = {"LOOKUP", "RESIZE", "SHIFT"}
"""Which only a conversion of arenite's makes."""


def test_every_operator_with_a_kernel_is_counted() -> None:
    kinds = {kind for dtype in ("int8", *TYPES) for kind in families(dtype)}
    assert kinds - set(_ARITY) == OF_OTHER_FORMATS


def changed(model: Model, inputs: dict[int, int], outputs: tuple[int, ...] | None = None) -> Model:
    (operator,) = model.operators
    read = tuple(inputs.get(place, index) for place, index in enumerate(operator.inputs))
    other = replace(operator, inputs=read, outputs=operator.outputs if outputs is None else outputs)
    return replace(model, operators=(other,))


def test_inputs_that_may_be_absent_and_others() -> None:
    model = parse_tflite(lstm(), "test.tflite")
    check_model(changed(model, {1: -1, 5: -1, 12: -1}))
    with pytest.raises(ModelError, match=r"UNIDIRECTIONAL_SEQUENCE_LSTM #0: lacks an input that it needs"):
        check_model(changed(model, {2: -1}))
    with pytest.raises(ModelError, match="has 24 inputs and 0 outputs"):
        check_model(changed(model, {}, ()))


@pytest.mark.parametrize("place", [5, 12])
def test_a_part_of_an_input_gate(place: int) -> None:
    model = changed(parse_tflite(lstm(), "test.tflite"), {place: -1})
    with pytest.raises(NotLowered, match=f"input {place} of the input gate is absent"):
        lower(model, model.operators[0])
