"""Exported models that take turns in one arena."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from arenite.cli import main
from arenite.codegen.driver import compile_model, run_project
from arenite.codegen.export import export_projects
from arenite.errors import AreniteError
from arenite.regions.request import Region, RegionRequest

MODELS = Path(__file__).parents[1] / "models"

PROGRAM = """\
#include <stdio.h>
#include <string.h>
#include "tvmgen_ds_cnn.h"
#include "tvmgen_resnet_block.h"
extern uint8_t networks_arena[];
#define LARGER(a, b) ((a) > (b) ? (a) : (b))
int main(void) {
  for (int round = 0; round < 2; ++round) {
    struct tvmgen_ds_cnn_inputs spectrogram = tvmgen_ds_cnn_map_inputs(0);
    memset(spectrogram.spectrogram_0, 0, TVMGEN_DS_CNN_INPUT_SPECTROGRAM_0_SIZE);
    if (tvmgen_ds_cnn_run(0) != TVMGEN_DS_CNN_OK) return 1;
    const int8_t *scores = tvmgen_ds_cnn_map_outputs(0).softmax_34;
    if ((const uint8_t *)scores < networks_arena) return 2;
    if ((const uint8_t *)scores >= networks_arena + TVMGEN_DS_CNN_WORKSPACE_SIZE) return 3;
    for (int i = 0; i < TVMGEN_DS_CNN_OUTPUT_SOFTMAX_34_SIZE; ++i) printf("%d ", scores[i]);
    memset(networks_arena, 0, LARGER(TVMGEN_DS_CNN_WORKSPACE_SIZE, TVMGEN_RESNET_BLOCK_WORKSPACE_SIZE));
    if (tvmgen_resnet_block_run(0) != TVMGEN_RESNET_BLOCK_OK) return 4;
  }
  return 0;
}
"""


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("projects")
    for name in ("ds_cnn", "resnet_block"):
        compile_model(MODELS / f"{name}.tflite", folder / name, cpu="host")
    return [folder / name for name in ("ds_cnn", "resnet_block")]


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs cc")
@pytest.mark.parametrize(("form", "include"), [("arduino", "src"), ("zephyr", "include")])
def test_models_take_turns(projects: list[Path], tmp_path: Path, form: str, include: str) -> None:
    library = tmp_path / "library"
    arguments = [*map(str, projects), "--to", form, "-o", str(library), "--name", "networks", "--share-arena"]
    assert main(["export", *arguments]) == 0
    (tmp_path / "main.c").write_text(PROGRAM)
    sources = [str(file) for file in sorted((library / "src").glob("*.c"))]
    flags = ["-std=c99", "-O0", "-Wall", "-Wextra", "-Werror", f"-I{library / include}", f"-I{library / 'src'}"]
    subprocess.run(["cc", *flags, "-o", "program", "main.c", *sources, "-lm"], check=True, cwd=tmp_path, timeout=120)
    text = subprocess.run([tmp_path / "program"], check=True, capture_output=True, text=True, timeout=60).stdout
    (alone,) = run_project(projects[0], on="host")["outputs"]
    assert [int(word) for word in text.split()] == 2 * list(alone["values"])
    if form == "zephyr":
        assert "src/networks_arena.c" in (library / "zephyr/CMakeLists.txt").read_text()


def test_arenas_that_cannot_be_shared(projects: list[Path], tmp_path: Path) -> None:
    with pytest.raises(AreniteError, match="shares its arena with no other"):
        export_projects(projects[:1], "arduino", tmp_path / "library", share_arena=True)
    regions = RegionRequest((Region("SRAM", 64 << 10, None, 16),))
    compile_model(MODELS / "digits.tflite", tmp_path / "divided", cpu="host", regions=regions)
    with pytest.raises(AreniteError, match="divided into memory regions"):
        export_projects([*projects, tmp_path / "divided"], "arduino", tmp_path / "library", share_arena=True)
