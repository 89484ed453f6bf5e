import pytest
from models.writer import ModelWriter

from arenite.frontends.boundary import strip_float_boundary
from arenite.frontends.tflite import parse_tflite


def model(read_twice=False, two_outputs=False):
    writer = ModelWriter()
    real = writer.tensor("real", (1, 4), "float32")
    stored = writer.tensor("stored", (1, 4), scale=0.5, zero_point=3)
    result = writer.tensor("result", (1, 4), scale=0.25, zero_point=-1)
    out = writer.tensor("out", (1, 4), "float32")
    writer.operator("QUANTIZE", [real], [stored])
    writer.operator("RELU", [stored], [result])
    writer.operator("DEQUANTIZE", [result], [out])
    outputs = [out]
    if read_twice:
        other = writer.tensor("other", (1, 4), scale=0.125)
        writer.operator("QUANTIZE", [real], [other])
        outputs.append(other)
    if two_outputs:
        outputs.append(out)
    return parse_tflite(writer.finish([real], outputs), "model.tflite")


def test_both_ends_are_stripped():
    stripped = strip_float_boundary(model())
    assert (stripped.inputs, stripped.outputs) == ((1,), (2,))
    assert [(o.kind, o.index) for o in stripped.operators] == [("RELU", 1)]


def test_an_input_that_is_quantised_twice_stays():
    stripped = strip_float_boundary(model(read_twice=True))
    assert stripped.inputs == (0,)
    assert [o.kind for o in stripped.operators] == ["QUANTIZE", "RELU", "QUANTIZE"]


def test_an_output_that_is_named_twice_stays():
    assert strip_float_boundary(model(two_outputs=True)).outputs == (3, 3)


@pytest.mark.parametrize("again", [1, 2])
def test_a_model_without_float_boundary_stays(again):
    stripped = strip_float_boundary(model())
    for _ in range(again):
        stripped = strip_float_boundary(stripped)
    assert (stripped.inputs, stripped.outputs) == ((1,), (2,))
