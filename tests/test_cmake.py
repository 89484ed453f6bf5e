"""Models in other people's CMake builds: what is built, what it computes, when it is built anew, what is refused."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from cmake_builds import CMAKE, GENERATOR, GENERATORS, ROOT, Installation, Project, cmake, install, load_module, project
from models import bad
from models.digits_data import held_out
from oracles import tflite_reference

from arenite import __version__
from arenite.cli_options import CPUS
from arenite.frontends.tflite import parse_tflite

MODELS = ROOT / "tests" / "models"
EXAMPLE = ROOT / "cmake" / "example"
HOST = CMAKE is not None and bool(GENERATORS) and shutil.which("cc") is not None
ARM = HOST and shutil.which("arm-none-eabi-gcc") is not None

pytestmark = pytest.mark.skipif(not HOST, reason="needs cmake, ninja or make, and cc")
needs_arm = pytest.mark.skipif(not ARM, reason="needs arm-none-eabi-gcc")
needs_qemu = pytest.mark.skipif(
    not ARM or shutil.which("qemu-system-arm") is None, reason="needs arm-none-eabi-gcc and qemu-system-arm"
)

RUN_ONLY = '#include "tvmgen_net.h"\nint main(void) { return tvmgen_net_run(0); }\n'
PROGRAM = ["add_executable(program main.c)", "target_link_libraries(program PRIVATE net)"]
FAST = "-DARENITE_OPTIMISE=-O0"


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return install(tmp_path_factory.mktemp("prefix"))


def configured(made: Project, *options: str | Path) -> Project:
    done = made.configure(*options)
    assert done.returncode == 0, done.stdout
    return made


def reference(model: Path, value: np.ndarray) -> np.ndarray:
    data = model.read_bytes()
    return tflite_reference(data, [value])[parse_tflite(data, model.name).outputs[0]]


@needs_qemu
def test_the_example_reads_digits(installation: Installation, tmp_path: Path) -> None:
    toolchain = EXAMPLE / "cortex-m4.cmake"
    build = tmp_path / "build"
    setting = [f"-DCMAKE_TOOLCHAIN_FILE={toolchain}", f"-Darenite_DIR={installation.package / 'cmake'}"]
    done = cmake("-G", GENERATOR, "-S", EXAMPLE, "-B", build, *setting)
    assert done.returncode == 0, done.stdout
    done = cmake("--build", build)
    assert done.returncode == 0, done.stdout
    assert "warning" not in done.stdout
    done = cmake("--build", build, "--target", "run")
    assert done.returncode == 0, done.stdout

    images = load_module(EXAMPLE / "make_images.py")
    digits = held_out()
    right = 0
    for at, line in enumerate(re.findall(r"^image .*$", done.stdout, re.M)):
        image, label = (array[images.FIRST + at] for array in (digits.images, digits.labels))
        scores = reference(MODELS / "digits.tflite", image[np.newaxis]).reshape(-1)
        digit = int(scores.argmax())
        permille = (int(scores[digit]) + 128) * 1000 // 256
        assert line == f"image {at}: read {digit}, meant {label}, sure to {permille} per mille"
        right += digit == label
    assert at + 1 == images.COUNT
    assert f"\n{right} of {images.COUNT} right, in an arena of 2640 bytes\n" in done.stdout
    readme = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    assert readme.count("\n".join(done.stdout.splitlines()[-3:])) == 1


def test_the_images_of_the_example_are_those_of_the_tests() -> None:
    header = load_module(EXAMPLE / "make_images.py").header(MODELS / "digits_test.npz")
    assert (EXAMPLE / "digits_images.h").read_text(encoding="utf-8") == header


TWO_MODELS = """
#include <stdio.h>
#include <string.h>
#include "tvmgen_digits.h"
#include "tvmgen_kws.h"

int main(void) {
  unsigned char image[64], spectrogram[490];
  int i;
  if (fread(image, 1, 64, stdin) != 64 || fread(spectrogram, 1, 490, stdin) != 490) return 1;
  for (i = 0; i < 2; ++i) {
    memcpy(tvmgen_digits_map_inputs(0).serving_default_keras_tensor_0, image, 64);
    memcpy(tvmgen_kws_map_inputs(0).spectrogram_0, spectrogram, 490);
    if (tvmgen_digits_run(0) != 0 || tvmgen_kws_run(0) != 0) return 2;
    fwrite(tvmgen_digits_map_outputs(0).statefulpartitionedcall_1_0, 1, 10, stdout);
    fwrite(tvmgen_kws_map_outputs(0).softmax_34, 1, TVMGEN_KWS_OUTPUT_SOFTMAX_34_SIZE, stdout);
  }
  return 0;
}
"""


def test_two_models_share_their_kernels(installation: Installation, tmp_path: Path) -> None:
    (tmp_path / "audio").mkdir()
    (tmp_path / "audio" / "CMakeLists.txt").write_text(
        f"arenite_add_model(keywords MODEL {MODELS / 'ds_cnn.tflite'} NAME kws OPTIONS --order source)\n"
    )
    made = project(
        tmp_path,
        installation,
        [
            f"arenite_add_model(digits MODEL {MODELS / 'digits.tflite'})",
            "add_subdirectory(audio)",
            "add_executable(program main.c)",
            "target_link_libraries(program PRIVATE digits keywords)",
        ],
        TWO_MODELS,
    )
    configured(made, "-DCMAKE_C_FLAGS=-Wall -Wextra -Wconversion -Werror")
    made.build()
    random = np.random.default_rng(3)
    image = random.integers(-128, 128, (1, 8, 8, 1), dtype=np.int8)
    spectrogram = random.integers(-128, 128, (1, 49, 10, 1), dtype=np.int8)
    done = subprocess.run(
        [made.build_directory / "program"],
        input=image.tobytes() + spectrogram.tobytes(), stdout=subprocess.PIPE, timeout=60, check=True,
    )  # fmt: skip
    wanted = reference(MODELS / "digits.tflite", image).tobytes()
    wanted += reference(MODELS / "ds_cnn.tflite", spectrogram).tobytes()
    assert done.stdout == 2 * wanted
    objects = [path.name for path in made.build_directory.rglob("*.o")]
    assert objects.count("conv2d.c.o") == 1
    kernels = {path.name for path in (installation.package / "codegen" / "kernels").glob("*.c")}
    for name, directory in (("digits", made.build_directory), ("kws", made.build_directory / "audio")):
        written = {path.name for path in directory.glob(f"arenite/{name}/codegen/host/src/*.c")}
        assert written - kernels == {f"tvmgen_{name}.c", f"tvmgen_{name}_parameters.c"}, "what arenite_add_model builds"


@pytest.mark.parametrize("generator", GENERATORS)
def test_a_model_is_compiled_when_it_changed_and_only_then(tmp_path: Path, generator: str) -> None:
    installation = install(tmp_path / "prefix")  # not the shared one: this test upgrades it
    model = tmp_path / "net.tflite"
    shutil.copyfile(MODELS / "mobilenet_block.tflite", model)
    lines = [f"arenite_add_model(net MODEL {model})", *PROGRAM]
    made = configured(project(tmp_path / "consumer", installation, lines, RUN_ONLY, generator), FAST)
    program = made.build_directory / "program"

    def built(calls: int) -> bool:
        """Builds; ``calls`` of arenite compile must have been made since the project is there. Whether it linked."""
        before = program.stat().st_mtime_ns if program.exists() else 0
        output = made.build()
        assert len(installation.compiled()) == calls, output
        made.run("program")
        return program.stat().st_mtime_ns != before

    assert built(1)
    assert not built(1)
    os.utime(model)
    assert built(2)
    assert not built(2)
    shutil.copyfile(MODELS / "ops_zoo.tflite", model)  # other operators: other kernels have to be linked
    assert built(3)
    configured(made)
    assert not built(3)
    project(made.source, installation, [f"arenite_add_model(net MODEL {model} OPTIONS --order source)", *PROGRAM])
    assert built(4)
    assert installation.compiled()[-1].endswith("--cpu host --name net --order source")
    if generator == GENERATOR:
        os.utime(installation.package / "codegen" / "emit.py")
        assert built(5)
        version = installation.package / "cmake" / "areniteConfigVersion.cmake"
        version.write_text(version.read_text().replace(__version__, "0.1.99"))
        kernels = sorted(made.build_directory.rglob("conv2d.c.o"))
        before = [path.stat().st_mtime_ns for path in kernels]
        assert built(6)
        assert before
        assert all(old < path.stat().st_mtime_ns for old, path in zip(before, kernels, strict=True))
    assert not built(len(installation.compiled()))


def test_a_model_that_does_not_compile(installation: Installation, tmp_path: Path) -> None:
    model = tmp_path / "my net.tflite"
    model.write_bytes(bad.unsupported_operators())
    lines = ['arenite_add_model(net MODEL "../my net.tflite" IO int8)', *PROGRAM]
    made = configured(project(tmp_path / "a consumer", installation, lines, RUN_ONLY), FAST)
    for _ in range(2):
        done = made.try_build()
        assert done.returncode != 0
        (line,) = [line for line in done.stdout.splitlines() if line.startswith("arenite: error: ")]
        assert "my net.tflite" in line
        assert "CUSTOM:Swirl" in line
        assert not (made.build_directory / "arenite" / "net").exists()
        assert [path.name for path in (made.build_directory / "arenite").iterdir()] == ["net.request"]
    shutil.copyfile(MODELS / "digits.tflite", model)
    made.build()
    made.run("program")
    model.write_bytes(b"not a model")
    assert made.try_build().returncode != 0
    assert not (made.build_directory / "arenite" / "net").exists()


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["arenite_add_model(net)"], "arenite_add_model(net): MODEL <file> is missing"),
        (["arenite_add_model(net MODEL absent.tflite)"], "arenite_add_model(net): there is no model"),
        (["arenite_add_model(net MODEL here.tflite CPU cortex-m1)"], "unknown CPU cortex-m1; give CPU, the closest of"),
        (["arenite_add_model(net MODEL here.tflite TYPE x)"], "unknown arguments: TYPE;x"),
        (["arenite_add_model(net MODEL here.tflite CPU)"], "no value for CPU"),
        (["arenite_add_model(1net MODEL here.tflite)"], "_1net is not a C identifier that begins with a letter"),
        (
            ["arenite_add_model(net MODEL here.tflite OPTIONS --ir relay)"],
            "--ir relay writes a project of another make",
        ),
        (
            ["arenite_add_model(my-net MODEL here.tflite)", "arenite_add_model(MY_net MODEL here.tflite)"],
            "arenite_add_model(MY_net): the name MY_net is taken by my-net; choose a NAME",
        ),
    ],
)
def test_requests_that_cannot_be_met(
    installation: Installation, tmp_path: Path, lines: list[str], message: str
) -> None:
    (tmp_path / "here.tflite").touch()
    done = project(tmp_path, installation, lines).configure()
    assert done.returncode != 0
    assert message in " ".join(done.stdout.split())


def test_shapes_and_a_model_that_another_command_makes(installation: Installation, tmp_path: Path) -> None:
    lines = [
        "add_custom_command(OUTPUT made.tflite COMMAND ${CMAKE_COMMAND} -E copy"
        f" {MODELS / 'digits.tflite'} made.tflite DEPENDS {MODELS / 'digits.tflite'})",
        "arenite_add_model(net MODEL ${CMAKE_CURRENT_BINARY_DIR}/made.tflite)",
        f'arenite_add_model(shaped MODEL {MODELS / "digits.tflite"} GRANULARITY op SHAPE a=1,2 "b c=3,4")',
        f"arenite_add_model(pushed MODEL {MODELS / 'digits.tflite'} GRANULARITY row STREAM_INPUT EAGER_ROWS)",
        *PROGRAM,
    ]
    made = configured(project(tmp_path, installation, lines, RUN_ONLY), FAST)
    request = (made.build_directory / "arenite" / "shaped.request").read_text().splitlines()
    assert request[-6:] == ["--granularity", "op", "--shape", "a=1,2", "--shape", "b c=3,4"]
    request = (made.build_directory / "arenite" / "pushed.request").read_text().splitlines()
    assert request[-4:] == ["--granularity", "row", "--stream-input", "--eager-rows"]
    done = cmake("--build", made.build_directory, "--target", "program")
    assert done.returncode == 0, done.stdout
    made.run("program")


@needs_arm
@pytest.mark.parametrize(
    ("options", "cpu"),
    [
        (["-DCMAKE_C_FLAGS=-mcpu=cortex-m33+nodsp -mthumb"], "cortex-m33"),
        (["-DCMAKE_SYSTEM_PROCESSOR=cortex-m7"], "cortex-m7"),
        (["-DARENITE_CPU=cortex-m3", "-DCMAKE_C_FLAGS=-mcpu=cortex-m4"], "cortex-m3"),
    ],
)
def test_the_cpu_is_that_of_the_toolchain(
    installation: Installation, tmp_path: Path, options: list[str], cpu: str
) -> None:
    made = project(tmp_path, installation, [f"arenite_add_model(net MODEL {MODELS / 'digits.tflite'})"])
    compiler = ["-DCMAKE_C_COMPILER=arm-none-eabi-gcc", "-DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY"]
    # As strict a toolchain file would be: packages are only looked for in the target's root.
    root = [f"-DCMAKE_FIND_ROOT_PATH={tmp_path}", "-DCMAKE_FIND_ROOT_PATH_MODE_PACKAGE=ONLY"]
    configured(made, "-DCMAKE_SYSTEM_NAME=Generic", *compiler, *root, *options)
    request = (made.build_directory / "arenite" / "net.request").read_text().splitlines()
    assert request[request.index("--cpu") + 1] == cpu


def test_cmake_knows_the_cpus_of_the_command_line() -> None:
    text = (ROOT / "cmake" / "arenite_add_model.cmake").read_text(encoding="utf-8")
    (known,) = re.findall(r"set\(cpus (.*)\)", text)
    assert tuple(known.split()) == CPUS
