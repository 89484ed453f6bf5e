"""A model that compares, selects, counts and finds places, in bool, int8, int32, int64 and float32, as generated C."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from models.writer import ModelWriter

from arenite.codegen.driver import compile_model, verify_model
from arenite.codegen.verification.verify import verify_project
from arenite.rows.plan_rows import RowRequest

needs_qemu = pytest.mark.skipif(
    not (shutil.which("qemu-system-arm") and shutil.which("arm-none-eabi-gcc")),
    reason="qemu-system-arm or arm-none-eabi-gcc is not installed",
)

SHAPE = (1, 6, 5, 4)


def decisions() -> bytes:
    """Where the input is above a limit, it is squashed, elsewhere cut; then places and their rows, counted."""
    writer = ModelWriter("decisions")
    options = {"fused_activation_function": "NONE"}
    x = writer.tensor("x", SHAPE, scale=0.05, zero_point=-3)
    limit = writer.tensor("limit", (1,), scale=0.02, zero_point=4, data=[40])
    above, below, swished, cut, chosen = (
        writer.tensor(name, SHAPE, dtype, **quantised)  # type: ignore[arg-type]
        for name, dtype, quantised in (
            ("above", "bool", {}),
            ("below", "bool", {}),
            ("swished", "int8", {"scale": 0.05, "zero_point": -3}),
            ("cut", "int8", {"scale": 0.05, "zero_point": -3}),
            ("chosen", "int8", {"scale": 0.05, "zero_point": -3}),
        )
    )
    writer.operator("GREATER", [x, limit], [above])
    writer.operator("LOGICAL_NOT", [above], [below])
    writer.operator("HARD_SWISH", [x], [swished])
    writer.operator("MINIMUM", [x, limit], [cut])
    writer.operator("SELECT_V2", [below, cut, swished], [chosen])
    axis = writer.tensor("axis", (), "int32", data=2)
    places = writer.tensor("places", (1, 6, 4), "int64")
    writer.operator("ARG_MAX", [chosen, axis], [places], output_type="INT64")
    counts, rows = writer.tensor("counts", (1, 6, 4), "int32"), writer.tensor("rows", (1, 6, 4), "int32")
    writer.operator("CAST", [places], [counts])
    writer.operator("FLOOR_DIV", [counts, writer.tensor("two", (1,), "int32", data=[2])], [rows])
    total = writer.tensor("total", (1, 4), "int32")
    writer.operator("SUM", [rows, writer.tensor("first", (1,), "int32", data=[1])], [total], keep_dims=False)
    real, double = writer.tensor("real", (1, 4), "float32"), writer.tensor("double", (1, 4), "float32")
    writer.operator("CAST", [total], [real])
    writer.operator("ADD", [real, real], [double], **options)
    return writer.finish([x], [chosen, below, places, double])


@pytest.fixture
def model(tmp_path: Path) -> Path:
    file = tmp_path / "decisions.tflite"
    file.write_bytes(decisions())
    return file


@pytest.mark.parametrize("granularity", ["op", "row", "auto"])
def test_every_layer_on_the_host_under_the_sanitisers(model: Path, tmp_path: Path, granularity: str) -> None:
    compile_model(model, tmp_path / "project", cpu="host", rows=RowRequest(granularity))  # type: ignore[arg-type]
    whole = granularity == "op"
    result = verify_project(tmp_path / "project", model, 6, 0, "host", layers=whole, sanitise=True)
    assert result.mismatches == 0, result.first_mismatch
    assert not result.layer_mismatches


@needs_qemu
def test_on_a_core(model: Path) -> None:
    assert verify_model(model, cpu="cortex-m0plus", on="qemu", samples=2)["mismatches"] == 0


def test_a_sum_of_int8_is_held_to_tflite_micro(tmp_path: Path) -> None:
    pytest.importorskip("tflite_micro", reason="the oracle needs tflite-micro")
    writer = ModelWriter("sum")
    x, y = writer.tensor("x", SHAPE, scale=0.05, zero_point=-3), writer.tensor("y", (1, 4), scale=0.3, zero_point=7)
    writer.operator("SUM", [x, writer.tensor("axes", (2,), "int32", data=[1, 2])], [y], keep_dims=False)
    file = tmp_path / "sum.tflite"
    file.write_bytes(writer.finish([x], [y]))
    result = verify_model(file, on="host", samples=4)
    assert (result["oracle"], result["mismatches"]) == ("tflm", 0)
