from dataclasses import replace

import pytest
from models.writer import ModelWriter

from arenite.frontends.model import FileLayout
from arenite.frontends.rewrites.boundary import strip_float_boundary
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


def reshaped(twice=False):
    """Reshapes between the boundary and the quantisation, at both ends."""
    writer = ModelWriter()
    real = writer.tensor("real", (1, 4), "float32")
    square = writer.tensor("square", (1, 2, 2), "float32")
    image = writer.tensor("image", (1, 2, 2, 1), "float32")
    stored = writer.tensor("stored", (1, 2, 2, 1), scale=0.5, zero_point=3)
    result = writer.tensor("result", (1, 2, 2, 1), scale=0.25, zero_point=-1)
    back = writer.tensor("back", (1, 2, 2, 1), "float32")
    out = writer.tensor("out", (1, 4), "float32")
    extents = [(1, 2, 2), (1, 2, 2, 1), (1, 4)]
    shapes = [writer.tensor(f"shape{i}", (len(e),), "int32", data=list(e)) for i, e in enumerate(extents)]
    writer.operator("RESHAPE", [real, shapes[0]], [square], new_shape=[1, 2, 2])
    writer.operator("RESHAPE", [square, shapes[1]], [image], new_shape=[1, 2, 2, 1])
    writer.operator("QUANTIZE", [image], [stored])
    writer.operator("RELU", [stored], [result])
    writer.operator("DEQUANTIZE", [result], [back])
    writer.operator("RESHAPE", [back, shapes[2]], [out], new_shape=[1, 4])
    return parse_tflite(writer.finish([real], [out, square] if twice else [out]), "model.tflite")


def test_reshapes_stay_at_the_boundary_and_become_integers():
    stripped = strip_float_boundary(reshaped())
    kinds = [(o.kind, o.inputs[0], o.outputs) for o in stripped.operators]
    assert kinds == [("RESHAPE", 0, (1,)), ("RESHAPE", 1, (3,)), ("RELU", 3, (4,)), ("RESHAPE", 4, (6,))]
    assert (stripped.inputs, stripped.outputs) == ((0,), (6,))
    ports = [stripped.tensors[index] for index in (0, 1, 6)]
    assert [(t.dtype, t.shape) for t in ports] == [("int8", (1, 4)), ("int8", (1, 2, 2)), ("int8", (1, 4))]
    assert [(t.quantisation.scale, t.quantisation.zero_point) for t in ports] == [(0.5, 3), (0.5, 3), (0.25, -1)]


def test_a_reshaped_input_that_is_also_an_output_stays():
    stripped = strip_float_boundary(reshaped(twice=True))
    assert stripped.tensors[stripped.inputs[0]].dtype == "float32"
    assert stripped.outputs == (6, 1)
    assert stripped.tensors[6].dtype == "int8"


def test_layout_and_name_stay_with_the_port():
    source = replace(model(), layouts={0: FileLayout((4, 1), (1, 0)), 3: FileLayout((4, 1), (1, 0))})
    stripped = strip_float_boundary(source)
    assert set(stripped.layouts) == {1, 2} == {*stripped.inputs, *stripped.outputs}
    assert [stripped.tensors[index].name for index in (1, 2)] == ["real", "out"]


@pytest.mark.parametrize(("zero_point", "ports"), [(131, (1, 2)), (3, (0, 3))])
def test_uint8_becomes_int8_where_it_is_the_same_number(zero_point, ports):
    writer = ModelWriter()
    source = writer.tensor("source", (1, 4), "uint8", scale=0.5, zero_point=zero_point)
    stored = writer.tensor("stored", (1, 4), scale=0.5, zero_point=3)
    result = writer.tensor("result", (1, 4), scale=0.5, zero_point=3)
    out = writer.tensor("out", (1, 4), "uint8", scale=0.5, zero_point=zero_point)
    writer.operator("QUANTIZE", [source], [stored])
    writer.operator("RELU", [stored], [result])
    writer.operator("QUANTIZE", [result], [out])
    stripped = strip_float_boundary(parse_tflite(writer.finish([source], [out]), "model.tflite"))
    assert (*stripped.inputs, *stripped.outputs) == ports
