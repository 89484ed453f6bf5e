"""Operators that no conversion makes compilable: one line that names file, operator and index, and says what does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from models.writer import ModelWriter
from tflm_models import conditional, handed_over, looped

from arenite.errors import UnsupportedError
from arenite.frontends.operators import lower_all
from arenite.frontends.tflite import parse_tflite


def one(kind: str, reads: Sequence[tuple[Sequence[int], str]], results: Sequence[tuple[Sequence[int], str]]) -> bytes:
    writer = ModelWriter()
    inputs, outputs = ([writer.tensor(None, *own) for own in group] for group in (reads, results))
    writer.operator(kind, inputs, outputs)
    return writer.finish(inputs, outputs)


def detection() -> bytes:
    """As the converter writes it: quantised boxes, scores and anchors, float32 behind them."""
    writer = ModelWriter()
    boxes, scores = (writer.tensor(None, (1, 20, 4), "uint8", scale=0.1, zero_point=9) for _ in range(2))
    anchors = writer.tensor(None, (20, 4), "uint8", scale=0.01, data=np.ones((20, 4)))
    results = [writer.tensor(None, shape, "float32") for shape in ((1, 5, 4), (1, 5), (1, 5), (1,))]
    writer.operator("CUSTOM:TFLite_Detection_PostProcess", [boxes, scores, anchors], results)
    return writer.finish([boxes, scores], results)


OUTSIDE = "leave it to the application"
CASES = {
    "if": (conditional(), "IF #2 (which of its subgraphs", "make a model of each subgraph"),
    "while": (looped(), "WHILE #0 (which of its subgraphs", "make a model of each subgraph"),
    "call_once": (handed_over(), "CALL_ONCE #1 (it prepares a state", "states that begin as constants"),
    "where": (one("WHERE", [((4,), "bool")], [((4, 1), "int64")]), "WHERE #0 (how much it finds", OUTSIDE),
    "detection": (detection(), "CUSTOM:TFLite_Detection_PostProcess #0 (it picks boxes", OUTSIDE),
    "custom": (one("CUSTOM:Own", [((4,), "int8")], [((4,), "int8")]), "CUSTOM:Own #0 (it is a custom", "own operators"),
    "other": (
        one("RANGE", [((), "int32")] * 3, [((5,), "int32")]),
        "RANGE #0 (the operator has no",
        "convert the model",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_operators_are_refused_with_what_to_do(case: str) -> None:
    data, named, remedy = CASES[case]
    with pytest.raises(UnsupportedError) as raised:
        lower_all(parse_tflite(data, "m.tflite"))
    text = str(raised.value)
    assert text.startswith("m.tflite: ")
    assert "\n" not in text
    problem, _, advice = text.partition("; ")
    assert named in problem
    assert remedy in advice
