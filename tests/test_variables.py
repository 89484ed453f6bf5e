"""State made explicit: which tensors live across inferences, and what they hold before the first one."""

from __future__ import annotations

import numpy as np
import pytest
from models.writer import ModelWriter
from oracles import Reference

from arenite.frontends.tflite import parse_tflite


@pytest.mark.parametrize("zero_point", [0, -7])
def test_marked_tensors_begin_as_in_the_interpreter(zero_point: int) -> None:
    writer = ModelWriter()
    memory = writer.tensor("memory", (1, 8), scale=0.1, zero_point=zero_point, variable=True)
    total = writer.tensor("total", (1, 8), scale=0.2, zero_point=3)
    other = writer.tensor("other", (1, 8), scale=0.1, zero_point=1)
    writer.operator("ADD", [other, memory], [total])
    data = writer.finish([other], [total])
    model = parse_tflite(data, "test.tflite")
    assert list(model.states) == [memory]
    expected = Reference(data).run([np.zeros((1, 8), np.int8)])[memory]
    np.testing.assert_array_equal(model.states[memory], expected)
    assert (expected == zero_point).all()
