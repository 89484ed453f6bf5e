"""The kernels as C: what their headers promise to the code generator, and compilers that have nothing to say."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from models.writer import ModelWriter
from operator_checks import check_operators, check_prototypes
from weighted_models import convolution, fully_connected

from arenite.codegen import host
from arenite.codegen.host import INCLUDES, kernel_path
from arenite.codegen.kernels import SHARED, kernel_files, kernels, special_families, structs
from arenite.frontends.operators import lower
from arenite.frontends.tflite import parse_tflite

WARNINGS = ("-std=c99", "-O2", "-Wall", "-Wextra", "-Wconversion", "-Werror")
CORTEX_M = ("arm-none-eabi-gcc", "-mthumb")
COMPILERS = {
    "gcc": ("gcc",),
    "clang": ("clang",),
    "cortex-m0plus": (*CORTEX_M, "-mcpu=cortex-m0plus"),
    "cortex-m4": (*CORTEX_M, "-mcpu=cortex-m4", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"),
    "cortex-m55": (*CORTEX_M, "-mcpu=cortex-m55", "-mfloat-abi=hard"),
}
MODELS = Path(__file__).parent / "models"
SOURCES = sorted(name for name in kernel_files() if name.endswith(".c"))


@pytest.mark.parametrize("compiler", COMPILERS)
def test_kernels_compile_without_a_warning(compiler: str, tmp_path: Path) -> None:
    command = COMPILERS[compiler]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    # tests/bodies compiles those for the instruction set of some cores for these.
    on_core = {f"{family}.c" for family in special_families()} if compiler.startswith("cortex") else set()
    sources = [str(kernel_path(name)) for name in SOURCES if name not in on_core]
    # For the cores, code is made as well: some warnings come with the optimiser alone.
    output = "-c" if compiler.startswith("cortex") else "-fsyntax-only"
    done = subprocess.run(
        [*command, *WARNINGS, output, *INCLUDES, *sources], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_instructions_of_a_set_stand_in_words() -> None:
    """Assembly and intrinsics: what compilers for other cores do not know."""
    special = re.compile(r"\basm\b|__asm|arm_mve\.h|arm_acle\.h|\bv\w+q_[a-z]\w*\(|\b__(?:s|u)[a-z0-9]+\(")
    own = {name for name, text in kernel_files().items() if special.search(text)}
    assert {name for name in own if not name.startswith("arenite_words")} == set()
    assert {"arenite_words_dsp.h", "arenite_words_mve.h", "arenite_words_v6m.h"} <= own


def test_every_header_compiles_alone(tmp_path: Path) -> None:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    for header in kernel_files():
        if header.endswith(".h"):
            text = f'#include "{header}"\n#include "{header}"\nint main(void) {{ return 0; }}\n'
            source = tmp_path / "main.c"
            source.write_text(text)
            subprocess.run(["gcc", *WARNINGS, "-c", *INCLUDES, str(source), "-o", os.devnull], check=True)


def test_every_family_has_a_header_a_source_and_a_layer() -> None:
    files = kernel_files()
    families = {name.removesuffix(".h") for name in files if name.endswith(".h") and name not in SHARED}
    assert families == {name.removesuffix(".c") for name in SOURCES}
    for kernel in kernels().values():
        assert kernel.family in families
        layer, *others = kernel.parameters
        assert layer.name == "layer"
        assert layer.const
        assert structs()[layer.type], f"{kernel.name}: {layer.type} has no fields"
        assert not others[-1].const, f"{kernel.name} has no output"


def test_every_struct_of_a_header_has_int32_fields_only() -> None:
    """The code generator writes layers as rows of int32; a field that its pattern overlooks would shift the rest."""
    for name, text in kernel_files().items():
        if not name.endswith(".h") or name in SHARED:
            continue
        for body in text.split("typedef struct {")[1:]:
            fields = [line.strip() for line in body.split("}")[0].splitlines() if line.strip()]
            struct = body.split("}")[1].split(";")[0].strip()
            assert structs()[struct] == tuple(line.removeprefix("int32_t ").removesuffix(";") for line in fields)


def single_operators() -> dict[str, bytes]:
    """A model for every kernel of the three operators with weights."""
    return {
        "arenite_conv2d_s8": convolution("CONV_2D", (1, 5, 5, 4), (3, 3), 4),
        "arenite_conv2d_general_s8": convolution("CONV_2D", (1, 5, 5, 4), (3, 3), 4, groups=2),
        "arenite_depthwise_conv2d_s8": convolution("DEPTHWISE_CONV_2D", (1, 5, 5, 4), (5, 5), 8),
        "arenite_depthwise_conv2d_3x3_s8": convolution("DEPTHWISE_CONV_2D", (1, 5, 5, 4), (3, 3), 4),
        "arenite_fully_connected_s8": fully_connected((2, 12), 6, 12),
    }


@pytest.mark.parametrize("kernel", single_operators())
def test_layers_have_the_fields_of_their_struct(kernel: str) -> None:
    data = single_operators()[kernel]
    model = parse_tflite(data, "test.tflite")
    assert [call.kernel for call in lower(model, model.operators[0]).calls] == [kernel]
    check_prototypes(data)


@pytest.mark.parametrize("model", sorted(path.name for path in MODELS.glob("*.tflite")))
def test_layers_of_whole_models(model: str) -> None:
    check_prototypes((MODELS / model).read_bytes())


@pytest.mark.parametrize("option", ["-DARENITE_LONG_MULTIPLY=0", "-fsanitize=undefined -fno-sanitize-recover=all"])
def test_other_builds_have_the_same_bits(option: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The words for cores without a long multiplication, and no undefined behaviour behind the results."""
    compiler = os.environ.get("CC") or "cc"
    monkeypatch.setenv("CC", f"{compiler} {option}")
    # Neither bodies nor an optimiser: this library is compiled for a few operators.
    monkeypatch.setattr(host, "KERNEL_FOLDERS", (host.KERNELS,))
    monkeypatch.setattr(host, "OPTIONS", ("-std=c99", "-O0", "-fPIC"))
    for data in single_operators().values():
        check_operators(data)
    writer = ModelWriter()
    source = writer.tensor("input", (1, 4, 4, 8), scale=0.1)
    result = writer.tensor("output", (1, 2, 2, 8), scale=0.1)
    options: dict[str, object] = {"filter_height": 2, "filter_width": 2, "stride_h": 2, "stride_w": 2}
    writer.operator("AVERAGE_POOL_2D", [source], [result], padding="VALID", **options)
    check_operators(writer.finish([source], [result]))
