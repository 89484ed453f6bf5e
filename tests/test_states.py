"""Models with state from the file to the running program: sequences of inferences, against TFLite's."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from models import stateful
from models.recurrent import lstm
from oracles import Reference

from arenite.codegen.driver import compile_model, compile_program, load_model, verify_model
from arenite.codegen.verification.verify import VerifyResult, verify_project
from arenite.frontends.relax_states import initial_states
from arenite.regions.model import Region
from arenite.regions.request import RegionRequest
from arenite.rows.plan_rows import RowRequest

COMPILERS = [name for name in ("gcc", "clang") if shutil.which(name)]
WARNINGS = ("-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Wpedantic", "-Werror")


def verified(data: bytes, folder: Path, samples: int = 5, **options: Any) -> VerifyResult:
    """What ``verify_project`` says of a model, on this machine and under the sanitisers."""
    pytest.importorskip("ai_edge_litert", reason="the oracle needs ai-edge-litert")
    model = folder / "model.tflite"
    model.write_bytes(data)
    compile_model(model, folder / "project", cpu="host", **options)
    return verify_project(folder / "project", model, samples, 0, "host", sanitise=True)


@pytest.mark.parametrize(
    ("data", "state_bytes"),
    [
        (stateful.accumulator(), 12),
        (stateful.accumulated(), 6),
        (stateful.swapped(), 12),
        (stateful.input_kept(), 5),
        (stateful.input_kept("float32"), 20),
        (stateful.input_kept("uint8"), 5),
        (lstm(states_shown=True), 18),
    ],
    ids=[
        "accumulator",
        "accumulated",
        "swapped",
        "input kept",
        "float input kept",
        "unsigned input kept",
        "states shown",
    ],
)
def test_sequences_of_inferences(data: bytes, state_bytes: int, tmp_path: Path) -> None:
    found = verified(data, tmp_path)
    assert (found.mismatches, found.state_bytes) == (0, state_bytes)
    assert found.values > 0


def test_layers_of_a_model_with_state(tmp_path: Path) -> None:
    model = tmp_path / "model.tflite"
    model.write_bytes(stateful.images_summed())
    found = verify_model(model, on="host", samples=3, layers=True)
    assert (found["mismatches"], found["layer_mismatches"]) == (0, 0)
    assert found["layer_values"] > found["values"]


@pytest.mark.parametrize(
    "options",
    [
        {"rows": RowRequest("row")},
        {"rows": RowRequest("row", pushed=True)},
        {"io_memory": "caller"},
        {"regions": RegionRequest((Region("state", 400), Region("slow", 4096)))},
    ],
    ids=["rows", "pushed rows", "caller", "regions"],
)
def test_forms_of_the_memory_beside_the_state(options: dict[str, Any], tmp_path: Path) -> None:
    found = verified(stateful.images_summed(), tmp_path, **options)
    assert (found.mismatches, found.state_bytes) == (0, 96)


FIRMWARE = """
#include <stdio.h>
#include "tvmgen_model.h"

static uint8_t arena[TVMGEN_MODEL_WORKSPACE_SIZE] __attribute__((aligned(TVMGEN_MODEL_WORKSPACE_ALIGNMENT)));
static uint8_t states[2][TVMGEN_MODEL_STATE_SIZE] __attribute__((aligned(TVMGEN_MODEL_STATE_ALIGNMENT)));

static int last(const struct tvmgen_model_workspace_pools *pools) {
  struct tvmgen_model_inputs inputs = tvmgen_model_map_inputs(pools);
  for (int i = 0; i < TVMGEN_MODEL_INPUT_SOURCE_SIZE; ++i) {
    inputs.source[i] = 7;
  }
  if (tvmgen_model_run(pools) != TVMGEN_MODEL_OK) {
    return -999;
  }
  return tvmgen_model_map_outputs(pools).output[0];
}

int main(void) {
  struct tvmgen_model_workspace_pools one = {arena, states[0]}, other = {arena, states[1]}, own = {arena, 0};
  if (tvmgen_model_reset_state(&one) != TVMGEN_MODEL_OK || tvmgen_model_reset_state(&other) != TVMGEN_MODEL_OK) {
    return 1;
  }
  const struct tvmgen_model_workspace_pools *const order[] = {0, 0, &own, &one, &other, &one};
  for (int i = 0; i < 6; ++i) {
    printf("%d ", last(order[i]));
  }
  if (tvmgen_model_reset_state(0) != TVMGEN_MODEL_OK) {
    return 1;
  }
  printf("%d ", last(0));
  printf("%d ", last(&one));
  return 0;
}
"""


@pytest.mark.parametrize("compiler", COMPILERS)
def test_state_of_the_library_and_of_the_caller(compiler: str, tmp_path: Path) -> None:
    """Sums of 10 (7, with the zero point -3) on top of 10 (7 as well): each state goes its own way, the library's is
    valid from the start."""
    model = tmp_path / "model.tflite"
    model.write_bytes(stateful.accumulator())
    compile_model(model, tmp_path / "project", cpu="host", name="model")
    include, source = (tmp_path / "project" / "codegen" / "host" / part for part in ("include", "src"))
    header = (include / "tvmgen_model.h").read_text()
    (output,) = {line.split("*")[1].split(";")[0] for line in header.splitlines() if "/* ADD of" in line}
    main = tmp_path / "main.c"
    main.write_text(FIRMWARE.replace(".output[", f".{output}["))
    files = [main, *sorted(source.glob("*.c"))]
    program = tmp_path / "program"
    command = [compiler, *WARNINGS, f"-I{include}", f"-I{source}", *map(str, files), "-o", str(program)]
    subprocess.run(command, check=True)
    done = subprocess.run([str(program)], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["17", "27", "37", "17", "17", "27", "17", "37"]


@pytest.mark.parametrize("data", [stateful.swapped(), stateful.accumulated()], ids=["swapped", "accumulated"])
def test_the_virtual_machine_takes_and_returns_states(data: bytes, tmp_path: Path) -> None:
    tvm = pytest.importorskip("tvm", reason="needs TVM")
    from arenite.codegen.host import load_host_library
    from arenite.tvm_compat import relax

    model = tmp_path / "model.tflite"
    model.write_bytes(data)
    _, planned = compile_program(load_model(model))
    reloaded = tvm.ir.load_json(tvm.ir.save_json(planned))
    states = [values for _, values in initial_states(reloaded["main"].attrs)]
    load_host_library()
    program = tvm.compile(reloaded, "llvm", relax_pipeline="arenite")
    machine = relax.VirtualMachine(program, tvm.cpu(), memory_cfg="naive")
    reference = Reference(data)
    generator = np.random.default_rng(0)
    for _ in range(3):
        source = generator.integers(-128, 128, (1, 6), np.int8)
        expected = reference.run([source])
        results = machine["main"](*(tvm.runtime.tensor(np.array(value)) for value in (source, *states)))
        arrays = [result.numpy() for result in results]
        outputs, states = arrays[: -len(states)], arrays[-len(states) :]
        for index, value in zip(load_model(model).outputs, outputs, strict=True):
            np.testing.assert_array_equal(value, expected[index])
