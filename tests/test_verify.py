"""The comparison with TensorFlow Lite: that it passes what is right and sees every bit that is wrong."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from models.recurrent import svdf
from models.writer import ModelWriter
from sample_project import ARENA_BYTES, ELEMENTS, SCALE, ZERO_POINT, clip_model, write_project

from arenite.codegen.description import Array, TensorDescription, layout_entry, read_layout
from arenite.codegen.driver import verify_model
from arenite.codegen.oracle import reference
from arenite.codegen.run import build, execute
from arenite.codegen.verification.comparison import compare
from arenite.codegen.verification.file_ports import FilePort
from arenite.codegen.verification.samples import random_input
from arenite.codegen.verification.verify import dequantise, verify_project
from arenite.errors import AreniteError, ToolError
from arenite.frontends.model import FileLayout, Quantisation

pytest.importorskip("ai_edge_litert", reason="the oracle needs ai-edge-litert")

HOST = shutil.which("cc") is not None and shutil.which("cmake") is not None
QEMU = HOST and shutil.which("arm-none-eabi-gcc") is not None and shutil.which("qemu-system-arm") is not None

needs_host = pytest.mark.skipif(not HOST, reason="needs cc and cmake")
needs_qemu = pytest.mark.skipif(not QEMU, reason="needs cmake, arm-none-eabi-gcc and qemu-system-arm")


def write_model(directory: Path, *, float_boundary: bool = False) -> Path:
    file = directory / "clip.tflite"
    file.write_bytes(clip_model(float_boundary=float_boundary))
    return file


@needs_qemu
def test_right_project_in_qemu(tmp_path: Path) -> None:
    project = write_project(tmp_path / "project", "cortex-m4")
    result = verify_project(project, write_model(tmp_path), samples=8, seed=1, on="qemu")
    assert (result.mismatches, result.max_abs_diff, result.first_mismatch) == (0, 0, None)
    assert (result.samples, result.values) == (8, 8 * ELEMENTS)
    assert (result.model, result.cpu, result.on, result.granularity) == ("clip.tflite", "cortex-m4", "qemu", "op")
    assert result.oracle == "tflite-reference"
    assert result.arena_bytes == ARENA_BYTES
    assert result.stack_bytes is not None
    assert result.ram_bytes == ARENA_BYTES + result.stack_bytes
    assert result.instructions is not None
    assert result.flash_bytes is not None


@needs_host
@pytest.mark.parametrize("float_boundary", [False, True])
def test_layers_on_the_host(tmp_path: Path, float_boundary: bool) -> None:
    project = write_project(tmp_path / "project")
    model = write_model(tmp_path, float_boundary=float_boundary)
    result = verify_project(project, model, samples=3, seed=1, on="host", layers=True, sanitise=True)
    assert (result.mismatches, result.layer_mismatches) == (0, 0)
    assert (result.values, result.layer_values) == (3 * ELEMENTS, 2 * 3 * ELEMENTS)
    assert result.instructions is None


@needs_host
@pytest.mark.parametrize("float_boundary", [False, True])
def test_one_wrong_bit_per_sample_is_seen(tmp_path: Path, float_boundary: bool) -> None:
    project = write_project(tmp_path / "project", flaw="arena[5] = (int8_t)(arena[5] ^ 1);")
    model = write_model(tmp_path, float_boundary=float_boundary)
    result = verify_project(project, model, samples=4, seed=1, on="host")
    assert result.mismatches == 4
    assert result.max_abs_diff == pytest.approx(SCALE if float_boundary else 1)


@needs_host
def test_the_first_wrong_step_is_named(tmp_path: Path) -> None:
    project = write_project(tmp_path / "project")
    source = project / "codegen/host/src/clip.c"
    text = source.read_text()
    wrong = text.replace("arenite_trace(0,", "arena[24] = (int8_t)(arena[24] ^ 4); arenite_trace(0,")
    assert wrong != text
    source.write_text(wrong)
    result = verify_project(project, write_model(tmp_path), samples=2, seed=1, on="host", layers=True)
    assert result.layer_mismatches >= 2
    assert result.first_mismatch is not None
    assert result.first_mismatch.startswith("step 0 maximum (tensor 1, sample 0): 1 of 24 values differ, by at most 4")


@needs_host
def test_a_model_that_only_reshapes_has_no_layers(tmp_path: Path) -> None:
    writer = ModelWriter()
    x = writer.tensor("x", (4, 6), scale=0.5)
    shape = writer.tensor("shape", (2,), "int32", data=[3, 8])
    y = writer.tensor("y", (3, 8), scale=0.5)
    writer.operator("RESHAPE", [x, shape], [y], new_shape=[3, 8])
    model = tmp_path / "reshape.tflite"
    model.write_bytes(writer.finish([x], [y]))
    result = verify_model(model, on="host", samples=2, layers=True)
    assert (result["values"], result["mismatches"], result["layer_values"]) == (48, 0, 0)


@needs_host
def test_seed_decides_the_inputs(tmp_path: Path) -> None:
    # Only values clipped from below come out wrong, so the count depends on what was drawn and on nothing else.
    flaw = "for (i = 0; i < 24; ++i) { if (arena[i] == low[i]) { arena[i] = 0; } }"
    project, model = write_project(tmp_path / "project", flaw=flaw), write_model(tmp_path)
    counts = [verify_project(project, model, samples=4, seed=seed, on="host").mismatches for seed in (1, 1, 2)]
    assert counts[0] == counts[1] > 0
    assert counts[2] != counts[0]


@needs_host
def test_project_of_another_model(tmp_path: Path) -> None:
    project = write_project(tmp_path / "project")
    other = tmp_path / "other.tflite"
    other.write_bytes(clip_model().replace(b"TFL3", b"XXXX"))
    with pytest.raises(AreniteError, match=r"other\.tflite"):
        verify_project(project, other, samples=1, seed=0, on="host")
    with pytest.raises(AreniteError, match="0 samples"):
        verify_project(project, write_model(tmp_path), samples=0, seed=0, on="host")


def test_compare_looks_at_bits() -> None:
    small = np.array([0.0, np.nan, 1.0], np.float32)
    assert compare(small, small.copy()).mismatches == 0
    assert compare(small, np.array([-0.0, np.nan, 1.0], np.float32)).mismatches == 1
    assert compare(small, np.array([0.0, np.nan, np.nextafter(np.float32(1), np.float32(2))], np.float32)).mismatches
    extremes = compare(np.array([127, -128, 5], np.int8), np.array([-128, 127, 5], np.int8))
    assert (extremes.values, extremes.mismatches, extremes.max_abs_diff) == (3, 2, 255)
    with pytest.raises(ToolError, match="int8"):
        compare(np.zeros(3, np.int8), np.zeros(4, np.int8))
    with pytest.raises(ToolError, match="float32"):
        compare(np.zeros(4, np.float32), np.zeros(4, np.int32))


def test_random_inputs_reach_every_value() -> None:
    generator = np.random.default_rng(0)
    stored = TensorDescription("x", "x", "int8", (1, 10000), 10000, 0.5, 0)
    assert set(random_input(generator, stored, FilePort("int8")).ravel().tolist()) == set(range(-128, 128))
    real = TensorDescription("x", "x", "float32", (1, 20000), 80000)
    values = random_input(generator, real, FilePort("float32", (Quantisation((0.25,), (10,)), "int8")))
    assert values.dtype == np.float32
    steps = values.astype(np.float64) / 0.25 + 10
    assert set(np.round(steps).astype(int).ravel().tolist()) >= set(range(-128, 128))
    assert np.abs(steps - np.round(steps)).max() > 0.49, "the rounding of QUANTIZE is tested"
    assert (steps < -128).any(), "so is its saturation"
    assert (steps > 127).any()


class TestOracle:
    def samples(self, count: int = 3) -> list[list[Array]]:
        generator = np.random.default_rng(3)
        return [[generator.integers(-128, 128, (1, ELEMENTS), dtype=np.int8)] for _ in range(count)]

    def test_all_tensors(self, tmp_path: Path) -> None:
        inputs = self.samples()
        answer = reference(write_model(tmp_path), inputs, all_tensors=True)
        assert answer.oracle == "tflite-reference"
        assert answer.tensors is not None
        for sample, tensors, outputs in zip(inputs, answer.tensors, answer.outputs, strict=True):
            np.testing.assert_array_equal(tensors[0], sample[0], strict=True)
            np.testing.assert_array_equal(tensors[2], outputs[0], strict=True)
            assert (tensors[1] >= tensors[2]).all()
            assert (tensors[1] >= sample[0]).all()
        assert reference(write_model(tmp_path), inputs).tensors is None

    def test_dequantise_rounds_as_tflite_does(self, tmp_path: Path) -> None:
        values = np.linspace(-20, 20, ELEMENTS, dtype=np.float32).reshape(1, ELEMENTS)
        answer = reference(write_model(tmp_path, float_boundary=True), [[values]], all_tensors=True)
        assert answer.tensors is not None
        expected = dequantise(answer.tensors[0][2], SCALE, ZERO_POINT)
        assert compare(answer.outputs[0][0], expected).mismatches == 0

    def test_refused_model(self, tmp_path: Path) -> None:
        file = tmp_path / "broken.tflite"
        file.write_bytes(clip_model()[:100])
        for all_tensors in (False, True):
            reasons = r".*broken\.tflite.*no interpreter runs this model\ntflite-reference: \S.*(\ntflm: .*)?; mend .*"
            with pytest.raises(ToolError) as caught:
                reference(file, self.samples(), all_tensors=all_tensors)
            assert re.fullmatch(reasons, str(caught.value)), "the command line shows three lines"

    def test_second_oracle_and_crashes(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        pytest.importorskip("tflite_micro", reason="the second oracle needs tflite-micro")
        model, inputs = write_model(tmp_path), self.samples()
        first = reference(model, inputs, all_tensors=True)
        # A package of the same name that does what LiteRT does on some files: it ends the process.
        package = tmp_path / "fake" / "ai_edge_litert"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("")
        (package / "interpreter.py").write_text("import os\nos.abort()\n")
        monkeypatch.setenv("PYTHONPATH", str(package.parent))
        second = reference(model, inputs, all_tensors=True)
        assert second.oracle == "tflm"
        assert second.tensors is not None
        assert first.tensors is not None
        for left, right in zip(first.tensors, second.tensors, strict=True):
            for index in (1, 2):
                np.testing.assert_array_equal(left[index], right[index].reshape(left[index].shape))
        for ours, theirs in zip(first.outputs, second.outputs, strict=True):
            np.testing.assert_array_equal(ours[0], theirs[0], strict=True)

    def test_state_that_the_first_would_misread(self, tmp_path: Path) -> None:
        pytest.importorskip("tflite_micro", reason="the second oracle needs tflite-micro")
        file = tmp_path / "svdf.tflite"
        file.write_bytes(svdf(state_type="int8"))
        assert reference(file, [[np.zeros((1, 10), np.int8)]]).oracle == "tflm"

    def test_only_the_flag_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        package = tmp_path / "fake" / "ai_edge_litert"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("")
        (package / "interpreter.py").write_text(FLAG_REFUSED)
        monkeypatch.setenv("PYTHONPATH", str(package.parent))
        answer = reference(write_model(tmp_path), self.samples(1), all_tensors=True)
        assert answer.oracle == "tflite-reference"
        assert answer.tensors is None
        assert answer.outputs[0][0].tolist() == [42]

    def test_nothing_installed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
        with pytest.raises(ToolError, match=r"arenite\[verify\]"):
            reference(write_model(tmp_path), self.samples())


FLAG_REFUSED = """
import numpy as np

class OpResolverType:
    BUILTIN_REF = 2

class Interpreter:
    def __init__(self, model_content, experimental_op_resolver_type, experimental_preserve_all_tensors):
        assert experimental_op_resolver_type == 2
        if experimental_preserve_all_tensors:
            raise RuntimeError("not with this flag")
    def allocate_tensors(self): pass
    def get_input_details(self): return [{"index": 0}]
    def get_output_details(self): return [{"index": 1}]
    def set_tensor(self, index, value): pass
    def invoke(self): pass
    def get_tensor(self, index): return np.array([42], np.int8)
"""


@needs_host
def test_result_of_execute_is_what_the_oracle_says(tmp_path: Path) -> None:
    """Without verify in between: the sample project and the sample model really are the same function."""
    generator = np.random.default_rng(11)
    inputs = [[generator.integers(-128, 128, (1, ELEMENTS), dtype=np.int8)] for _ in range(5)]
    ours = execute(build(write_project(tmp_path / "project"), on="host"), inputs).outputs
    theirs = reference(write_model(tmp_path), inputs).outputs
    np.testing.assert_array_equal(np.array(ours), np.array(theirs))


@needs_host
def test_float32_model_within_its_tolerance(tmp_path: Path) -> None:
    writer = ModelWriter()
    generator = np.random.default_rng(5)
    x = writer.tensor("x", (1, 16), "float32")
    weights = writer.tensor("w", (12, 16), "float32", data=generator.normal(0, 1, (12, 16)).astype(np.float32))
    bias = writer.tensor("b", (12,), "float32", data=generator.normal(0, 1, 12).astype(np.float32))
    y = writer.tensor("y", (1, 12), "float32")
    writer.operator("FULLY_CONNECTED", [x, weights, bias], [y], fused_activation_function="RELU")
    model = tmp_path / "dense.tflite"
    model.write_bytes(writer.finish([x], [y]))
    result = verify_model(model, on="host", samples=4)
    assert (result["values"], result["mismatches"]) == (48, 0)
    assert result["tolerance"] == [{"output": "y", "absolute": 0.0, "relative": 1e-5, "unit": "real"}]


def test_description_keeps_the_layout_and_refuses_a_wrong_one() -> None:
    layout = FileLayout((1, 3, 5, 4), (0, 2, 3, 1))
    tensor = TensorDescription("x", "x", "int8", (1, 5, 4, 3), 60, layout=layout)
    image = np.arange(60, dtype=np.int8).reshape(layout.shape)
    assert tensor.from_file(image).shape == tensor.shape
    np.testing.assert_array_equal(tensor.to_file(tensor.from_file(image)), image)
    entry = {"shape": [1, 5, 4, 3], **layout_entry(layout)}
    assert read_layout(entry) == layout
    assert read_layout({"shape": [1, 5, 4, 3], **layout_entry(None)}) is None
    for key, value in (("file_axes", [0, 1, 2, 3]), ("file_axes", [0, 2, 3]), ("file_shape", [1, 3, 4, 5])):
        with pytest.raises(ValueError, match="is not"):
            read_layout({**entry, key: value})
