"""From a model file to a program whose results equal TFLite's reference kernels, on every core."""

import pathlib
import shutil
import subprocess
import sys

import pytest

from arenite.codegen.boards import MACHINES
from arenite.codegen.driver import compile_model, verify_model
from arenite.codegen.verification.verify import verify_project
from arenite.frontends.tflite import read_tflite
from arenite.frontends.to_graph import to_graph
from arenite.planner import plan_graph

MODELS = pathlib.Path(__file__).parent / "models"
ROOT = MODELS.parents[1]

SHARED = [
    "mlperf_kws_dscnn",
    "mlperf_resnet8",
    "mlperf_vww96",
    "mlperf_ad01",
    "mlperf_strww",
    "tflm_person_detect",
    "micronet_kws_m",
    "micro_kws_m_int8",
    "mcunet_vww",
    "mnv2_160_035",
    "tflm_micro_speech",
    "rec_squeezenet11_96",
    "rec_randwire_ws_s1",
]

needs_qemu = pytest.mark.skipif(
    not (shutil.which("qemu-system-arm") and shutil.which("arm-none-eabi-gcc")),
    reason="qemu-system-arm or arm-none-eabi-gcc is not installed",
)


def test_every_layer_on_the_host_under_the_sanitisers(bundled_model, tmp_path):
    compile_model(bundled_model, tmp_path / "project", cpu="host")
    result = verify_project(tmp_path / "project", bundled_model, 3, 0, "host", layers=True, sanitise=True)
    assert (result.mismatches, result.layer_mismatches) == (0, 0), result.first_mismatch
    assert result.values > 0
    assert result.layer_values > result.values


@needs_qemu
@pytest.mark.parametrize("cpu", sorted(MACHINES.keys() - {"cortex-m4"}))
def test_every_other_core(cpu):
    for name in ("ops_zoo", "digits"):
        result = verify_model(MODELS / f"{name}.tflite", cpu=cpu, on="qemu", samples=2)
        assert result["mismatches"] == 0
        assert result["instructions"] > 10_000
        assert 0 < result["stack_bytes"] < 2048
        assert result["flash_bytes"] > 0


@needs_qemu
def test_every_bundled_model_on_a_cortex_m4(bundled_model):
    result = verify_model(bundled_model, cpu="cortex-m4", on="qemu", samples=2)
    assert result["mismatches"] == 0
    assert result["instructions"] > 10_000
    assert 0 < result["stack_bytes"] < 2048
    assert result["arena_bytes"] <= result["ram_bytes"] <= result["arena_bytes"] + 2048
    # ops_zoo has a kernel of each kind.
    room = 10240 if bundled_model.stem == "ops_zoo" else 8192
    assert result["flash_bytes"] <= bundled_model.stat().st_size + room


@pytest.mark.parametrize("io", ["source", "int8"])
def test_float_boundary(tmp_path, io):
    model = MODELS / "ops_zoo.tflite"
    compile_model(model, tmp_path / "project", cpu="host", io=io)
    header = (tmp_path / "project/codegen/host/include/tvmgen_ops_zoo.h").read_text()
    assert ("float *" in header) == (io == "source")
    assert verify_project(tmp_path / "project", model, 4, 1, "host").mismatches == 0


def test_planning_with_and_without_tvm_agree(bundled_model, tmp_path):
    """``plan`` never imports TVM, ``compile`` plans the IRModule: both must see the same problem."""
    plan = plan_graph(to_graph(read_tflite(bundled_model)))
    compiled = compile_model(bundled_model, tmp_path / "project", cpu="host")
    assert compiled["arena_bytes"] == plan.arena_bytes
    assert compiled["lower_bound_bytes"] == plan.lower_bound_bytes


@pytest.mark.parametrize("name", SHARED)
def test_shared_models_layer_by_layer_on_the_host(shared_models, name):
    result = verify_model(shared_models / f"{name}.tflite", on="host", samples=2, layers=True)
    assert (result["mismatches"], result["layer_mismatches"]) == (0, 0), result["first_mismatch"]


@needs_qemu
@pytest.mark.parametrize("name", SHARED)
def test_shared_models_on_a_cortex_m4(shared_models, name):
    model = shared_models / f"{name}.tflite"
    result = verify_model(model, cpu="cortex-m4", on="qemu", samples=8)
    assert result["mismatches"] == 0
    assert result["flash_bytes"] <= model.stat().st_size + 8192


@needs_qemu
def test_the_demo():
    done = subprocess.run([sys.executable, "demo.py"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "outputs that differ     0 of 3600" in done.stdout
