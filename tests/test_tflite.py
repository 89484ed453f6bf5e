"""The reader against files of our writer, against TFLite's own reading of them, and against broken files."""

from __future__ import annotations

import csv
import os
import pathlib
import struct
from collections.abc import Callable

import numpy as np
import pytest
import tflite
from models.fuzz_target import fuzz_target
from models.writer import ModelWriter

from arenite.errors import ModelError, UnsupportedError
from arenite.frontends.tflite import parse_tflite, read_tflite


def convolution(**options: object) -> bytes:
    w = ModelWriter()
    image = w.tensor("image", (1, 4, 4, 2), scale=0.5, zero_point=-1)
    weights = w.tensor("w", (3, 2, 2, 2), scale=[0.1, 0.2, 0.3], data=np.arange(24).reshape(3, 2, 2, 2) - 12)
    bias = w.tensor("b", (3,), "int32", scale=[0.05, 0.1, 0.15], data=[-5, 0, 70000])
    result = w.tensor("result", (1, 3, 3, 3), scale=0.25, zero_point=7)
    w.operator("CONV_2D", [image, weights, bias], [result], **options)
    return w.finish([image], [result])


def test_reads_tensors_attributes_and_quantisation() -> None:
    options = {"padding": "VALID", "stride_h": 1, "stride_w": 2, "fused_activation_function": "RELU6"}
    model = parse_tflite(convolution(**options), "m")
    image, weights, bias, result = model.tensors
    assert (model.inputs, model.outputs, model.state_bytes) == ((0,), (3,), 0)
    assert image.shape == (1, 4, 4, 2)
    assert image.data is None
    assert not image.constant
    assert image.quantisation is not None
    assert (image.quantisation.scale, image.quantisation.zero_point) == (0.5, -1)
    assert weights.data is not None
    assert weights.data.dtype == np.int8
    assert weights.data.flatten().tolist() == list(range(-12, 12))
    assert weights.quantisation is not None
    assert weights.quantisation.scales == tuple(float(np.float32(scale)) for scale in (0.1, 0.2, 0.3))
    assert weights.quantisation.zero_points == (0, 0, 0)
    assert bias.data is not None
    assert bias.data.tolist() == [-5, 0, 70000]
    assert result.bytes == 27
    (operator,) = model.operators
    assert (operator.kind, operator.inputs, operator.outputs) == ("CONV_2D", (0, 1, 2), (3,))
    assert operator.attributes == {
        "padding": "VALID",
        "stride_w": 2,
        "stride_h": 1,
        "fused_activation_function": "RELU6",
        "dilation_w_factor": 1,
        "dilation_h_factor": 1,
        "quantized_bias_type": "FLOAT32",
    }


def test_absent_options_have_the_schemas_defaults() -> None:
    data = bytearray(convolution())
    operator = tflite.Model.GetRootAs(bytes(data)).Subgraphs(0).Operators(0)
    position = operator._tab.Pos + operator._tab.Offset(10)
    data[position] = tflite.BuiltinOptions.NONE
    assert parse_tflite(bytes(data), "m").operators[0].attributes["dilation_h_factor"] == 1


def test_options_of_another_kind_are_refused() -> None:
    data = bytearray(convolution())
    operator = tflite.Model.GetRootAs(bytes(data)).Subgraphs(0).Operators(0)
    data[operator._tab.Pos + operator._tab.Offset(10)] = tflite.BuiltinOptions.Pool2DOptions
    with pytest.raises(ModelError, match="m: CONV_2D #0: carries Pool2DOptions"):
        parse_tflite(bytes(data), "m")


def test_an_enumerator_that_the_schema_lacks_is_kept_by_number() -> None:
    data = bytearray(convolution(padding="VALID"))
    options = tflite.Conv2DOptions()
    table = tflite.Model.GetRootAs(bytes(data)).Subgraphs(0).Operators(0).BuiltinOptions()
    options.Init(table.Bytes, table.Pos)
    data[table.Pos + table.Offset(4)] = 77
    assert parse_tflite(bytes(data), "m").operators[0].attributes["padding"] == "Padding 77"


def test_the_writer_is_read_alike_by_tflite() -> None:
    litert = pytest.importorskip("ai_edge_litert.interpreter", reason="needs ai-edge-litert")
    data = convolution(padding="VALID", stride_h=1, stride_w=1)
    details = litert.Interpreter(model_content=data).get_tensor_details()
    for tensor, detail in zip(parse_tflite(data, "m").tensors, details, strict=True):
        assert tensor.name == detail["name"]
        assert tensor.shape == tuple(detail["shape"])
        assert np.dtype(tensor.dtype) == detail["dtype"]
        assert tensor.quantisation is not None
        assert tensor.quantisation.scales == tuple(detail["quantization_parameters"]["scales"].tolist())
        assert tensor.quantisation.zero_points == tuple(detail["quantization_parameters"]["zero_points"].tolist())
        assert tensor.quantisation.axis == detail["quantization_parameters"]["quantized_dimension"]


def test_the_writer_is_deterministic_and_aligns_constants() -> None:
    data = fuzz_target()
    assert data == fuzz_target()
    model = tflite.Model.GetRootAs(data)
    starts = [
        buffer._tab.Vector(buffer._tab.Offset(4)) for buffer in map(model.Buffers, range(1, model.BuffersLength()))
    ]
    assert len(starts) > 10
    assert all(start % 16 == 0 for start in starts)


def test_operator_code_beyond_the_byte_field_and_custom_code() -> None:
    kinds = [operator.kind for operator in parse_tflite(fuzz_target(), "m").operators]
    assert "READ_VARIABLE" in kinds
    assert "CUSTOM:Special" in kinds


def test_operator_code_in_the_wide_field_only() -> None:
    data = bytearray(convolution())
    code = tflite.Model.GetRootAs(bytes(data)).OperatorCodes(0)
    data[code._tab.Pos + code._tab.Offset(4)] = 0
    assert parse_tflite(bytes(data), "m").operators[0].kind == "CONV_2D"


def test_state_of_resource_variables_and_variable_tensors() -> None:
    # `history` holds (1, 8) int8, the variable tensor of the SVDF (1, 32).
    assert parse_tflite(fuzz_target(), "m").state_bytes == 8 + 32


@pytest.mark.parametrize(("dtype", "size"), [("int16", 2), ("float16", 2), ("int64", 8), ("bool", 1), ("complex64", 8)])
def test_element_types(dtype: str, size: int) -> None:
    w = ModelWriter()
    given, result = w.tensor("given", (2, 3), dtype), w.tensor("result", (2, 3), dtype)
    fixed = w.tensor("fixed", (2, 3), dtype, data=np.zeros((2, 3)))
    w.operator("CUSTOM:Join", [given, fixed, -1], [result])
    model = parse_tflite(w.finish([given], [result]), "m")
    assert [tensor.dtype for tensor in model.tensors] == [dtype] * 3
    assert model.tensors[0].bytes == 6 * size
    assert model.tensors[2].data is not None
    assert model.tensors[2].data.dtype == np.dtype(dtype)


def test_empty_constants_are_constants() -> None:
    w = ModelWriter()
    given, result = w.tensor("given", (1,)), w.tensor("result", ())
    w.operator("RESHAPE", [given, w.tensor("shape", (0,), "int32", data=[])], [result])
    shape = parse_tflite(w.finish([given], [result]), "m").tensors[2]
    assert shape.constant
    assert shape.data is not None
    assert shape.data.shape == (0,)


def test_what_is_not_printable_in_names_is_replaced() -> None:
    data = convolution().replace(b"result", b"re\n\xff\x1bt")
    assert parse_tflite(data, "m").tensors[3].name == "re\ufffd\ufffd\ufffdt"


def faulty(change: Callable[[ModelWriter], tuple[list[int], list[int]]]) -> bytes:
    writer = ModelWriter()
    return writer.finish(*change(writer))


def reads_unwritten(w: ModelWriter) -> tuple[list[int], list[int]]:
    a, b, c = (w.tensor(name, (4,), scale=1.0) for name in "abc")
    w.operator("LOGISTIC", [b], [c])
    w.operator("TANH", [a], [b])
    return [a], [c]


def writes_twice(w: ModelWriter) -> tuple[list[int], list[int]]:
    a, b = (w.tensor(name, (4,), scale=1.0) for name in "ab")
    w.operator("LOGISTIC", [a], [b])
    w.operator("TANH", [a], [b])
    return [a], [b]


def writes_constant(w: ModelWriter) -> tuple[list[int], list[int]]:
    a = w.tensor("a", (4,), scale=1.0)
    w.operator("TANH", [a], [w.tensor("b", (4,), scale=1.0, data=[1, 2, 3, 4])])
    return [a], [a]


def output_unwritten(w: ModelWriter) -> tuple[list[int], list[int]]:
    a, b, c = (w.tensor(name, (4,), scale=1.0) for name in "abc")
    w.operator("TANH", [a], [b])
    return [a], [c]


def unknown_size(w: ModelWriter) -> tuple[list[int], list[int]]:
    a, b = w.tensor("a", (4,), scale=1.0), w.tensor("b", (4, 0), scale=1.0)
    w.operator("CUSTOM:Find", [a], [b])
    return [a], [b]


def huge(w: ModelWriter) -> tuple[list[int], list[int]]:
    a, b = w.tensor("a", (4,), scale=1.0), w.tensor("b", [2**31 - 1] * 8, scale=1.0)
    w.operator("CUSTOM:Grow", [a], [b])
    return [a], [b]


def index_out_of_range(w: ModelWriter) -> tuple[list[int], list[int]]:
    a = w.tensor("a", (4,), scale=1.0)
    w.operator("TANH", [a], [5])
    return [a], [a]


def too_few_inputs(w: ModelWriter) -> tuple[list[int], list[int]]:
    a, b = (w.tensor(name, (4,), scale=1.0) for name in "ab")
    w.operator("ADD", [a], [b])
    return [a], [b]


def missing_input(w: ModelWriter) -> tuple[list[int], list[int]]:
    a, b = (w.tensor(name, (4,), scale=1.0) for name in "ab")
    w.operator("ADD", [a, -1], [b])
    return [a], [b]


def zero_points_do_not_match(w: ModelWriter) -> tuple[list[int], list[int]]:
    a, b = w.tensor("a", (4,), scale=[1.0, 2.0, 3.0], zero_point=[1, 2]), w.tensor("b", (4,))
    w.operator("TANH", [a], [b])
    return [a], [b]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (reads_unwritten, "m: LOGISTIC #0: reads tensor 1 'b' before anything wrote it; "),
        (writes_twice, "m: TANH #1: writes a second time tensor 1 'b'; "),
        (writes_constant, "m: TANH #0: writes the constant tensor 1 'b'; "),
        (output_unwritten, "m: nothing writes the model output 2 'c'; "),
        (unknown_size, "m: tensor 1 'b' has the shape \\[4, 0\\], its size is known at run time only; "),
        (huge, "m: needs more than .* bytes for activations and state; "),
        (index_out_of_range, "m: TANH #0: tensor 5 among the outputs, there are 1 tensors; "),
        (too_few_inputs, "m: ADD #0: has 1 inputs and 1 outputs; "),
        (missing_input, "m: ADD #0: lacks an input that it needs; "),
        (zero_points_do_not_match, "m: tensor 0 'a' has 3 scales and 2 zero points; "),
    ],
)
def test_inconsistent_models_are_refused(
    change: Callable[[ModelWriter], tuple[list[int], list[int]]], message: str
) -> None:
    with pytest.raises((ModelError, UnsupportedError), match=message):
        parse_tflite(faulty(change), "m")


def test_constant_of_the_wrong_length_is_refused() -> None:
    data = bytearray(convolution())
    tensor = tflite.Model.GetRootAs(bytes(data)).Subgraphs(0).Tensors(1)
    struct.pack_into("<i", data, tensor._tab.Vector(tensor._tab.Offset(4)), 4)
    with pytest.raises(ModelError, match="'w' of shape \\[4, 2, 2, 2\\] and type int8 needs 32 bytes, has 24"):
        parse_tflite(bytes(data), "m")


def test_dynamic_input_is_refused_but_a_free_batch_is_not() -> None:
    def signed(*signature: int) -> bytes:
        w = ModelWriter()
        a, b = w.tensor("a", (1, 4), scale=1.0, signature=signature), w.tensor("b", (1, 4), scale=1.0)
        w.operator("TANH", [a], [b])
        return w.finish([a], [b])

    assert parse_tflite(signed(-1, 4), "m").tensors[0].shape == (1, 4)
    with pytest.raises(UnsupportedError, match="model input tensor 0 'a' has a dynamic shape; convert with a fixed"):
        parse_tflite(signed(1, -1), "m")


def test_every_truncation_is_refused() -> None:
    data = convolution()
    for length in range(len(data) - 16):
        with pytest.raises((ModelError, UnsupportedError), match=r"^m: "):
            parse_tflite(data[:length], "m")


def test_overlapping_vectors_do_not_multiply() -> None:
    """Operators that share one long vector would take memory by the square of the file's size."""
    count = 3000
    w = ModelWriter()
    tensors = [w.tensor("", (1,), scale=1.0) for _ in range(count)]
    for tensor in tensors[1:]:
        w.operator("CUSTOM:C", [tensors[0]] * (count if tensor == tensors[1] else 1), [tensor])
    honest = w.finish([tensors[0]], [tensors[-1]])
    assert len(parse_tflite(honest, "m").operators) == count - 1
    operators = [tflite.Model.GetRootAs(honest).Subgraphs(0).Operators(number) for number in range(count - 1)]
    inputs = [operator._tab.Pos + operator._tab.Offset(6) for operator in operators]
    shared = bytearray(honest)
    long_vector = inputs[0] + struct.unpack_from("<I", honest, inputs[0])[0]
    redirected = [field for field in inputs if field < long_vector]
    assert len(redirected) > count // 2
    for field in redirected:
        struct.pack_into("<I", shared, field, long_vector - field)
    with pytest.raises(ModelError, match="a vector of 3000 elements does not fit the file"):
        parse_tflite(bytes(shared), "m")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\x00" * 64, "not a TensorFlow Lite file"),
        (b"\x1c\x00\x00\x00TFL3", "damaged or truncated"),
        (b"\xff\xff\xff\xffTFL3" + b"\xff" * 64, "damaged or truncated"),
    ],
)
def test_what_is_no_model_is_refused(tmp_path: pathlib.Path, content: bytes, message: str) -> None:
    file = tmp_path / "model.tflite"
    file.write_bytes(content)
    with pytest.raises(ModelError, match=message) as caught:
        read_tflite(file)
    assert caught.value.file == str(file)
    assert caught.value.remedy


def test_missing_file_directory_and_pipe_are_refused(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ModelError, match="cannot be read: No such file"):
        read_tflite(tmp_path / "absent.tflite")
    with pytest.raises(ModelError, match="not a file"):
        read_tflite(tmp_path)
    with pytest.raises(ModelError, match=r"cannot be read: .*null"):
        read_tflite("a\0b")
    os.mkfifo(tmp_path / "pipe.tflite")
    with pytest.raises(ModelError, match="not a file"):
        read_tflite(tmp_path / "pipe.tflite")


def test_file_beyond_two_gigabytes_is_refused_unread(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "large.tflite"
    with file.open("wb") as stream:
        stream.truncate(1 << 31)  # takes no room on the disk
    with pytest.raises(ModelError, match="larger than 2 GiB"):
        read_tflite(file)


def test_every_shared_model_is_read(shared_models: pathlib.Path) -> None:
    with (shared_models / "manifest.csv").open() as stream:
        rows = [row for row in csv.DictReader(stream) if row["file"].endswith(".tflite")]
    assert len(rows) > 30
    for row in rows:
        model = read_tflite(shared_models / row["file"])
        end = model.file_operators
        of_the_file = [operator for operator in model.operators if end is None or operator.index < end]
        assert len(of_the_file) + len(model.folded) == int(row["ops"]), row["name"]


@pytest.mark.parametrize("name", ["mlperf_kws_dscnn", "mww_v2_okay_nabu", "rnnoise"])
def test_shared_models_are_read_as_tflite_reads_them(shared_models: pathlib.Path, name: str) -> None:
    litert = pytest.importorskip("ai_edge_litert.interpreter", reason="needs ai-edge-litert")
    file = shared_models / f"{name}.tflite"
    details = litert.Interpreter(model_path=str(file)).get_tensor_details()
    by_index = {detail["index"]: detail for detail in details}
    model = read_tflite(file)
    variables = parse_tflite(file.read_bytes(), str(file)).states
    for tensor in model.tensors[: model.file_tensors]:
        detail = by_index.get(tensor.index)
        # What was the handle of a variable is the variable itself.
        if detail is not None and tensor.index not in variables:
            assert tensor.shape == tuple(detail["shape"])
            assert np.dtype(tensor.dtype) == detail["dtype"]
