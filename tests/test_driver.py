"""Compile and run as the commands do: what is written, what is refused, and what stays untouched."""

import json
import pathlib

import numpy as np
import pytest
from models import bad

from arenite.codegen.driver import compile_model, run_project
from arenite.errors import AreniteError, UnsupportedError

MODELS = pathlib.Path(__file__).parent / "models"
DIGITS = MODELS / "digits.tflite"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    directory = tmp_path_factory.mktemp("compiled") / "digits"
    compile_model(DIGITS, directory, cpu="host")
    return directory


def files_below(directory):
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file())


def test_a_model_library_format_tree(project):
    metadata = json.loads((project / "metadata.json").read_text())
    memory = metadata["modules"]["digits"]["memory"]["functions"]["main"][0]
    assert memory["workspace_size_bytes"] == metadata["arenite"]["arena_bytes"]
    (image,), (scores,) = memory["inputs"].values(), memory["outputs"].values()
    assert (image, scores) == ({"size": 64, "dtype": "int8"}, {"size": 10, "dtype": "int8"})
    names = files_below(project)
    for expected in ("codegen/host/include/tvmgen_digits.h", "codegen/host/src/tvmgen_digits.c", "CMakeLists.txt"):
        assert expected in names
    assert (project / "parameters").is_dir()


def test_run_writes_the_outputs(project, tmp_path):
    with np.load(MODELS / "digits_test.npz") as digits:
        np.save(tmp_path / "image.npy", digits["images"][:1])
        label = int(digits["labels"][0])
    result = run_project(project, on="host", inputs=[tmp_path / "image.npy"], output_dir=tmp_path / "out")
    (file,) = result["files"]
    scores = np.load(file)
    assert scores.reshape(-1).argmax() == label
    assert result["outputs"][0]["values"] == scores.reshape(-1).tolist()


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"rubbish", "cannot be read as a .npy file"), (np.zeros((1, 8, 8, 1), "float32"), "float32"), (None, "cannot")],
)
def test_bad_inputs_of_run(project, tmp_path, content, message):
    file = tmp_path / "input.npy"
    if isinstance(content, bytes):
        file.write_bytes(content)
    elif content is not None:
        np.save(file, content)
    with pytest.raises(AreniteError, match=message) as caught:
        run_project(project, on="host", inputs=[file])
    assert str(file) in str(caught.value)


def test_the_number_of_inputs_is_checked(project, tmp_path):
    with pytest.raises(AreniteError, match="2 input files for a model with 1"):
        run_project(project, on="host", inputs=[tmp_path, tmp_path])


@pytest.mark.parametrize("name", sorted({**bad.WELL_FORMED, **bad.BROKEN}))
def test_bad_models_leave_nothing_behind(tmp_path, name):
    file = tmp_path / f"{name}.tflite"
    file.write_bytes({**bad.WELL_FORMED, **bad.BROKEN}[name]())
    with pytest.raises(AreniteError) as caught:
        compile_model(file, tmp_path / "out", cpu="host")
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert files_below(tmp_path) == [file.name]


def test_every_unsupported_operator_is_listed(tmp_path):
    file = tmp_path / "model.tflite"
    file.write_bytes(bad.WELL_FORMED["unsupported_operators"]())
    with pytest.raises(UnsupportedError, match=r"CUSTOM:Swirl #1.*CUSTOM:Swirl #3.*CUSTOM:Unfold #4"):
        compile_model(file, tmp_path / "out", cpu="host")


def test_a_directory_of_somebody_else_is_not_touched(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(AreniteError, match="not a directory that arenite has written"):
        compile_model(DIGITS, tmp_path, cpu="host")
    assert files_below(tmp_path) == ["mine.txt"]


@pytest.mark.parametrize("text", ["5", '["arenite"]', '"arenite"', "{}"])
def test_metadata_of_somebody_else_is_not_touched(tmp_path, text):
    (tmp_path / "metadata.json").write_text(text)
    with pytest.raises(AreniteError, match="not a directory that arenite has written"):
        compile_model(DIGITS, tmp_path, cpu="host")
    assert files_below(tmp_path) == ["metadata.json"]


@pytest.mark.parametrize("alignment", [1, 4096])
def test_the_proof_holds_for_every_alignment(tmp_path, alignment):
    """The float32 input of this model needs 4 bytes, whatever is asked for."""
    result = compile_model(MODELS / "ops_zoo.tflite", tmp_path / "out", cpu="host", alignment=alignment)
    assert result["optimal"]
    assert result["arena_bytes"] == result["lower_bound_bytes"]
    header = (tmp_path / "out/codegen/host/include/tvmgen_ops_zoo.h").read_text()
    assert f"WORKSPACE_ALIGNMENT {max(alignment, 4)}\n" in header


def test_an_earlier_project_is_replaced(tmp_path):
    compile_model(MODELS / "resnet_block.tflite", tmp_path / "out", cpu="host")
    compile_model(DIGITS, tmp_path / "out", cpu="host")
    assert not any("resnet" in name for name in files_below(tmp_path / "out"))
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("name", ["two words", "1st", "a-b"])
def test_names_that_are_no_c_identifiers(tmp_path, name):
    with pytest.raises(AreniteError, match="not a C identifier"):
        compile_model(DIGITS, tmp_path / "out", cpu="host", name=name)


def test_unknown_cpu(tmp_path):
    with pytest.raises(AreniteError, match=r"unknown CPU.*cortex-m4"):
        compile_model(DIGITS, tmp_path / "out", cpu="cortex-a53")


def test_the_current_directory_is_not_replaced(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AreniteError, match=r"current directory.*name a directory below it"):
        compile_model(DIGITS, ".", cpu="host")
    assert files_below(tmp_path) == []


def test_a_link_to_a_project_stays_a_link(tmp_path):
    compile_model(DIGITS, tmp_path / "real", cpu="host")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    compile_model(MODELS / "resnet_block.tflite", tmp_path / "link", cpu="host")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real/codegen/host/include/tvmgen_resnet_block.h").exists()
