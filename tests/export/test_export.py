"""Exported libraries: their form, and what their samples print when they are built as their build systems do.

Neither SDK is there. ``sdk/`` has, of each, only what a sample calls; models and kernels are built as they are.
"""

from __future__ import annotations

import filecmp
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from cmake_builds import CMAKE

from arenite.cli import main
from arenite.codegen.driver import compile_model, run_project
from arenite.codegen.export import FORMS, export_projects
from arenite.errors import AreniteError, UnsupportedError

MODELS = Path(__file__).parents[1] / "models"
TUTORIALS = Path(__file__).parents[2] / "tutorials" / "models"
SDK = Path(__file__).parent / "sdk"
ARM = shutil.which("arm-none-eabi-gcc")


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two models with kernels in common."""
    folder = tmp_path_factory.mktemp("projects")
    for name in ("ds_cnn", "resnet_block"):
        compile_model(MODELS / f"{name}.tflite", folder / name, cpu="cortex-m4")
    return {name: folder / name for name in ("ds_cnn", "resnet_block")}


@pytest.fixture(scope="module", params=sorted(FORMS))
def exported(
    request: pytest.FixtureRequest, projects: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    library = tmp_path_factory.mktemp(request.param) / "library"
    export_projects(list(projects.values()), request.param, library, "networks")
    return library


def output_of(project: Path) -> list[int]:
    """What the project itself gives for zeros."""
    (output,) = run_project(project, on="host")["outputs"]
    return list(output["values"])


def printed(text: str) -> list[int]:
    """The numbers behind the name of the only output."""
    return [int(word) for word in text.splitlines()[0].split(":")[1].split()]


@pytest.mark.parametrize("model", ["ds_cnn", "resnet_block"])
@pytest.mark.parametrize("exported", ["arduino"], indirect=True)
def test_sketches_give_what_the_projects_give(
    exported: Path, projects: dict[str, Path], model: str, tmp_path: Path
) -> None:
    sources = sorted((exported / "src").rglob("*.c"))
    include = f"-I{exported / 'src'}"
    options = ["-Os", "-w", "-ffunction-sections", "-fdata-sections"]
    subprocess.run(["gcc", "-c", "-std=gnu11", *options, include, *sources], check=True, cwd=tmp_path)
    subprocess.run(["ar", "rcs", "library.a", *sorted(tmp_path.glob("*.o"))], check=True, cwd=tmp_path)
    # The sketch becomes C++ behind the core's header, as Arduino does it.
    sketch = exported / "examples" / model / f"{model}.ino"
    (tmp_path / "sketch.cpp").write_text(f"#include <Arduino.h>\n{sketch.read_text()}")
    build = [
        "g++",
        "-std=gnu++11",
        "-Wall",
        "-Wextra",
        "-Werror",
        include,
        f"-I{SDK}",
        "sketch.cpp",
        "library.a",
        "-lm",
    ]
    subprocess.run([*build, "-o", "sketch"], check=True, cwd=tmp_path)
    text = subprocess.run(["./sketch"], check=True, capture_output=True, text=True, cwd=tmp_path).stdout
    assert printed(text) == output_of(projects[model])


@pytest.mark.parametrize("exported", ["arduino"], indirect=True)
def test_an_arduino_library_has_the_form_of_its_specification(exported: Path) -> None:
    lines = (exported / "library.properties").read_text().splitlines()
    properties = dict(line.split("=", 1) for line in lines)
    required = ("name", "version", "author", "maintainer", "sentence", "paragraph", "category", "url", "architectures")
    assert all(properties[name] for name in required)
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 _.\-]{0,62}", properties["name"])
    assert re.fullmatch(r"\d+\.\d+\.\d+", properties["version"])
    assert (exported / "src" / properties["includes"]).is_file()
    for sketch in (exported / "examples").rglob("*.ino"):
        assert sketch.stem == sketch.parent.name


@pytest.mark.skipif(ARM is None, reason="arm-none-eabi-gcc is not installed")
def test_kernels_in_an_arduino_library_round_as_verified(tmp_path: Path) -> None:
    """The compiler contracts unless it is told not to, and Arduino does not tell it."""
    compile_model(TUTORIALS / "digits_float.onnx", tmp_path / "project", cpu="cortex-m4")
    export_projects([tmp_path / "project"], "arduino", tmp_path / "library")
    sources = sorted((tmp_path / "library/src").glob("*_f32.c"))
    options = [
        "-mcpu=cortex-m4",
        "-mthumb",
        "-mfloat-abi=hard",
        "-mfpu=fpv4-sp-d16",
        "-Os",
        "-std=gnu11",
        "-S",
        "-o",
        "-",
    ]
    command = ["arm-none-eabi-gcc", *options, f"-I{tmp_path / 'library/src'}"]

    def code(file: Path) -> str:
        return subprocess.run([*command, file], check=True, capture_output=True, text=True).stdout

    text = "".join(code(source) for source in sources)
    assert "vmul.f32" in text
    assert "vfma" not in text
    bare = tmp_path / "bare.c"
    bare.write_text("float f(float a, float b, float c);\nfloat f(float a, float b, float c) { return a * b + c; }\n")
    assert "vfma" in code(bare)


@pytest.mark.skipif(CMAKE is None, reason="cmake is not installed")
@pytest.mark.parametrize("model", ["ds_cnn", "resnet_block"])
@pytest.mark.parametrize("exported", ["zephyr"], indirect=True)
def test_zephyr_samples_give_what_the_projects_give(
    exported: Path, projects: dict[str, Path], model: str, tmp_path: Path
) -> None:
    options = dict(
        line.split("=") for line in (exported / f"samples/{model}/prj.conf").read_text().splitlines() if line
    )
    kconfig = (exported / "zephyr/Kconfig").read_text()
    assert all(f"config {name.removeprefix('CONFIG_')}\n" in kconfig for name in options)
    defined = [f"-D{name}={value}" for name, value in {**options, "MODULE": exported, "SAMPLE": model}.items()]
    configure = [CMAKE, "-S", SDK, "-B", tmp_path, "-DLIBRARY=networks", *defined]
    subprocess.run(configure, check=True, capture_output=True)
    subprocess.run([CMAKE, "--build", tmp_path], check=True, capture_output=True)
    text = subprocess.run([tmp_path / "app"], check=True, capture_output=True, text=True).stdout
    assert printed(text) == output_of(projects[model])
    assert f"{model}: done" in text


@pytest.mark.parametrize("exported", ["zephyr"], indirect=True)
def test_a_zephyr_module_names_its_places(exported: Path) -> None:
    yaml = pytest.importorskip("yaml", reason="PyYAML reads module.yml")
    module = yaml.safe_load((exported / "zephyr/module.yml").read_text())
    assert set(module) <= {"name", "build", "samples", "tests", "boards", "blobs", "security", "package-managers"}
    assert (exported / module["build"]["cmake"] / "CMakeLists.txt").is_file()
    assert (exported / module["build"]["kconfig"]).is_file()
    for folder in module["samples"]:
        for sample in sorted((exported / folder).iterdir()):
            assert yaml.safe_load((sample / "sample.yaml").read_text())["tests"]


def test_kernels_are_there_once_and_runs_repeat(exported: Path, projects: dict[str, Path], tmp_path: Path) -> None:
    form = json.loads((exported / "metadata.json").read_text())["arenite"]["export"]
    names = [path.name for path in exported.rglob("*.[ch]") if "samples" not in path.parts]
    assert len(names) == len(set(names))
    for _ in range(2):  # the second time over the first
        export_projects(list(projects.values()), form, tmp_path / "again", "networks")
    found = filecmp.dircmp(exported, tmp_path / "again")
    assert [found.left_only, found.right_only, found.diff_files, found.funny_files] == [[], [], [], []]


def test_what_cannot_be_exported(projects: dict[str, Path], tmp_path: Path) -> None:
    project = projects["ds_cnn"]
    with pytest.raises(AreniteError, match="second model that is named ds_cnn"):
        export_projects([project, project], "zephyr", tmp_path / "out")
    with pytest.raises(AreniteError, match="cannot be the name"):
        export_projects([project], "arduino", tmp_path / "out", "conv2d_dsp")
    other = tmp_path / "other"
    shutil.copytree(project, other)
    description = json.loads((other / "metadata.json").read_text())
    description["arenite"] |= {"name": "other", "ir": "relay"}
    (other / "metadata.json").write_text(json.dumps(description))
    with pytest.raises(UnsupportedError, match="--ir relay"):
        export_projects([other], "arduino", tmp_path / "out")
    description["arenite"]["ir"] = "relax"
    (other / "metadata.json").write_text(json.dumps(description))
    with pytest.raises(AreniteError, match=r"no usable codegen/host/include/tvmgen_other\.h"):
        export_projects([other], "arduino", tmp_path / "out")
    kernel = other / "codegen/host/src/softmax_dsp.c"
    kernel.write_text(kernel.read_text() + "\n")
    with pytest.raises(AreniteError, match=r"softmax_dsp\.c differs"):
        export_projects([project, other], "arduino", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_command(projects: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project, out = str(projects["ds_cnn"]), str(tmp_path / "out")
    assert main(["export", project, "--to", "zephyr", "-o", out, "--json", "-"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["models"] == ["ds_cnn"]
    assert all((tmp_path / "out" / file).is_file() for file in result["files"])
    assert main(["export", str(tmp_path / "nothing"), "--to", "zephyr", "-o", out]) == 1
    assert "nothing" in capsys.readouterr().err
