"""Memory regions and inputs of the caller's in other people's CMake builds."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from cmake_builds import CMAKE, GENERATORS, ROOT, Installation, install, project
from oracles import tflite_reference

from arenite.frontends.tflite import parse_tflite

MODEL = ROOT / "tests" / "models" / "branchy_cell.tflite"
HOST = CMAKE is not None and bool(GENERATORS) and shutil.which("cc") is not None

pytestmark = pytest.mark.skipif(not HOST, reason="needs cmake, ninja or make, and cc")

MAIN = """
#include <stdio.h>
#include "tvmgen_net.h"

static int8_t image[TVMGEN_NET_INPUT_FEATURES_0_SIZE];
static int8_t scores[TVMGEN_NET_OUTPUT_CONV_34_SIZE];
static uint8_t sram[TVMGEN_NET_SRAM_WORKSPACE_SIZE] __attribute__((aligned(TVMGEN_NET_SRAM_WORKSPACE_ALIGNMENT)));

int main(void) {
  struct tvmgen_net_inputs inputs;
  struct tvmgen_net_outputs outputs;
  struct tvmgen_net_workspace_pools pools = {0, 0};
  inputs.features_0 = image;
  outputs.conv_34 = scores;
  pools.sram = sram;
  if (fread(image, 1, sizeof image, stdin) != sizeof image) return 1;
  if (tvmgen_net_run(&inputs, &outputs, &pools) != TVMGEN_NET_OK) return 2;
  return fwrite(scores, 1, sizeof scores, stdout) != sizeof scores;
}
"""
PROGRAM = [
    'target_compile_definitions(net PRIVATE TVMGEN_NET_DTCM_SECTION=".bss.dtcm")',
    "add_executable(program main.c)",
    "target_link_libraries(program PRIVATE net)",
]
REGIONS = '[[region]]\nname = "DTCM"\nsize = "6K"\n[[region]]\nname = "SRAM"\nsize = "{size}"\n[pin]\nt14 = "SRAM"\n'


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return install(tmp_path_factory.mktemp("prefix"))


@pytest.mark.parametrize("way", ["file", "arguments"])
def test_regions_and_the_callers_memory(installation: Installation, tmp_path: Path, way: str) -> None:
    (tmp_path / "memory.toml").write_text(REGIONS.format(size="64K"))
    asked = "memory.toml" if way == "file" else "DTCM=6K SRAM=64K PIN t14=SRAM"
    lines = [f"arenite_add_model(net MODEL {MODEL} CPU host REGIONS {asked} IO_MEMORY caller)", *PROGRAM]
    made = project(tmp_path, installation, lines, MAIN)
    done = made.configure("-DCMAKE_C_FLAGS=-Wall -Wextra -Wconversion -Werror")
    assert done.returncode == 0, done.stdout
    made.build()
    value = np.random.default_rng(2).integers(-128, 128, (1, 16, 16, 8), dtype=np.int8)
    data = MODEL.read_bytes()
    wanted = tflite_reference(data, [value])[parse_tflite(data, MODEL.name).outputs[0]]
    done_run = subprocess.run(
        [made.build_directory / "program"], input=value.tobytes(), stdout=subprocess.PIPE, timeout=60, check=True
    )
    assert done_run.stdout == wanted.tobytes()

    def sizes() -> list[int]:
        metadata = json.loads((made.build_directory / "arenite" / "net" / "metadata.json").read_text())["arenite"]
        assert metadata["io_memory"] == "caller"
        return [region["size"] for region in metadata["regions"]]

    assert sizes() == [6144, 65536]
    calls = len(installation.compiled())
    made.build()
    assert len(installation.compiled()) == calls
    if way == "file":
        (tmp_path / "memory.toml").write_text(REGIONS.format(size="32K"))
        made.build()
        assert sizes() == [6144, 32768]


def test_a_mistake_is_told_by_the_build(installation: Installation, tmp_path: Path) -> None:
    lines = [f"arenite_add_model(net MODEL {MODEL} CPU host REGIONS DTCM=1K)", *PROGRAM]
    made = project(tmp_path, installation, lines, MAIN)
    assert made.configure().returncode == 0
    done = made.try_build()
    assert done.returncode != 0
    assert "does not fit into DTCM of 1,024 bytes" in done.stdout
