"""Projects whose steps are rows, built by CMake: their example, and what the reference computes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from onnx_networks import integer_boundary, quantised_network, save
from row_cases import REQUESTS, pyramid

from arenite.codegen.description import Array, read_description
from arenite.codegen.driver import compile_model, compile_program, run_project
from arenite.codegen.project import project_files
from arenite.codegen.verification.verify import verify_project
from arenite.errors import UnsupportedError

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="needs cc")
MODELS = Path(__file__).parent / "models"
needs_cmake = pytest.mark.skipif(shutil.which("cmake") is None, reason="needs cmake")
ROWS_OF_MODELS = {"ds_cnn": REQUESTS["streamed"], "mobilenet_block": REQUESTS["eager"]}


def built_example(project: Path, *options: str) -> Path:
    subprocess.run(
        ["cmake", "-S", str(project), "-B", str(project / "own"), "-DARENITE_EXAMPLE=ON", *options], check=True
    )
    done = subprocess.run(
        ["cmake", "--build", str(project / "own")],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert "warning" not in done.stdout
    return project / "own" / "arenite_push_rows"


def printed(text: str) -> list[list[float]]:
    return [[float(value) for value in line.split(":")[1].split()] for line in text.splitlines() if ":" in line]


@needs_cmake
@pytest.mark.parametrize("name", ROWS_OF_MODELS)
def test_the_example_prints_what_run_prints(name: str, tmp_path: Path) -> None:
    project = tmp_path / "project"
    compile_model(MODELS / f"{name}.tflite", project, cpu="host", rows=ROWS_OF_MODELS[name])
    program = built_example(project, "-DARENITE_SANITISE=ON")
    shape = run_project(project, output_dir=tmp_path)["outputs"]
    image = image_of(project)
    np.save(tmp_path / "image.npy", image)
    for given_, inputs in ((None, []), (image, [tmp_path / "image.npy"])):
        if given_ is not None:
            (tmp_path / "input.bin").write_bytes(given_.tobytes())
        done = subprocess.run(
            [str(program)], cwd=tmp_path, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        run = run_project(project, inputs=inputs, output_dir=tmp_path / "out")
        wanted = [np.load(file).reshape(-1) for file in run["files"]]
        assert len(wanted) == len(shape)
        for one, other in zip(printed(done.stdout), wanted, strict=True):
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)


def image_of(project: Path) -> Array:
    (port,) = read_description(project).inputs
    generator = np.random.default_rng(11)
    if port.dtype == "float32":
        return generator.uniform(-2, 2, port.shape).astype(np.float32)
    return generator.integers(-128, 128, port.shape).astype(port.dtype)


@needs_cmake
@pytest.mark.skipif(
    shutil.which("arm-none-eabi-gcc") is None or shutil.which("qemu-system-arm") is None,
    reason="needs arm-none-eabi-gcc and qemu-system-arm",
)
def test_the_example_runs_on_a_board(tmp_path: Path) -> None:
    project = tmp_path / "project"
    compile_model(MODELS / "ds_cnn.tflite", project, cpu="cortex-m4", rows=REQUESTS["streamed"])
    program = built_example(project, f"-DCMAKE_TOOLCHAIN_FILE={project / 'harness/arm-none-eabi.cmake'}")
    image = image_of(project)
    (tmp_path / "input.bin").write_bytes(image.tobytes())
    np.save(tmp_path / "image.npy", image)
    done = subprocess.run(
        ["qemu-system-arm", "-machine", "mps2-an386", "-nographic", "-monitor", "none",
         "-semihosting-config", "enable=on,target=native", "-kernel", str(program)],
        cwd=tmp_path, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
    )  # fmt: skip
    run = run_project(project, inputs=[tmp_path / "image.npy"], output_dir=tmp_path / "out")
    for one, file in zip(printed(done.stdout), run["files"], strict=True):
        np.testing.assert_allclose(one, np.load(file).reshape(-1), rtol=0, atol=1e-6)


@needs_cmake
def test_only_streamed_projects_have_the_example(tmp_path: Path) -> None:
    for kind, there in (("row", False), ("streamed", True)):
        program, _ = compile_program(pyramid()[1], rows=REQUESTS[kind])
        files = project_files(program, cpu="host", granularity="row")
        assert ("example/push_rows.c" in files) == there
        assert ("ARENITE_EXAMPLE" in files["CMakeLists.txt"]) == there


@needs_cmake
@pytest.mark.parametrize(
    ("name", "kind"), [("ops_zoo", "row"), ("resnet_block", "streamed"), ("branchy_cell", "row"), ("digits", "eager")]
)
def test_bundled_models_are_what_the_reference_computes(name: str, kind: str, tmp_path: Path) -> None:
    """Every layer, too, with the sanitisers on."""
    file = MODELS / f"{name}.tflite"
    try:
        compile_model(file, tmp_path / "project", cpu="host", rows=REQUESTS[kind])
    except UnsupportedError as error:
        pytest.fail(f"{name}: {error}")
    result = verify_project(tmp_path / "project", file, 3, 0, "host", layers=True, sanitise=True)
    assert (result.mismatches, result.layer_mismatches) == (0, 0), result.first_mismatch
    assert result.layer_values > 0


@needs_cmake
@pytest.mark.parametrize("kind", ["row", "streamed"])
@pytest.mark.parametrize("network", ["qdq", "uint8"])
def test_onnx_networks(network: str, kind: str, tmp_path: Path) -> None:
    model = save(quantised_network() if network == "qdq" else integer_boundary("uint8"), tmp_path)
    compile_model(model, tmp_path / "project", cpu="host", rows=REQUESTS[kind])
    result = verify_project(tmp_path / "project", model, 3, 0, "host", layers=True, sanitise=True)
    assert result.mismatches == 0
    assert result.layer_mismatches == 0, result.first_mismatch
