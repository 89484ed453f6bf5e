"""Estimates of what kernels cost: from the table of what was counted, and from nothing else."""

from __future__ import annotations

from math import isclose

import numpy as np
import pytest
from bodies.cases import cases_of
from bodies.wide_models import WIDE

from arenite.codegen.kernels import kernels
from arenite.frontends.bodies import bodies, costs
from arenite.frontends.bodies.costs import CALIBRATED, code_bytes, instructions
from arenite.frontends.bodies.features import features
from arenite.target import INSTRUCTION_SETS

CONVOLUTION = {
    "batches": 2, "input_rows": 5, "input_columns": 4, "input_channels": 3, "output_rows": 3, "output_columns": 4,
    "output_channels": 6, "kernel_rows": 3, "kernel_columns": 3, "stride_rows": 2, "stride_columns": 1,
    "dilation_rows": 1, "pad_top": 1, "pad_left": 1,
}  # fmt: skip


def taps(extent: int, count: int, stride: int, pad: int) -> int:
    """Of windows of three along an axis, those that lie in the input."""
    padded = np.zeros(extent + 2 * pad + stride)
    padded[pad : pad + extent] = 1
    return int(sum(padded[position * stride :][:3].sum() for position in range(count)))


def test_features_of_a_convolution() -> None:
    rows, columns = taps(5, 3, 2, 1), taps(4, 4, 1, 1)
    assert (rows, columns) == (7, 10)
    inside, pixels = 2 * rows * columns, 2 * 3 * 4
    assert features(CONVOLUTION) == {
        "call": 1,
        "row": 6,
        "pixel": pixels,
        "output": pixels * 8,
        "window element": inside * 3,
        "padding element": (pixels * 9 - inside) * 3,
        "product": inside * 3 * 8,
        "padding product": (pixels * 9 - inside) * 3 * 8,
        "column vector": pixels * 9 * 8,
        "row vector": pixels * 3 * 8,
        "window vector": pixels * 2 * 8,
    }


def test_instructions_are_the_sum_over_features(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {
        "instructions": {"arenite_conv2d_s8": {"cortex-m4": {"call": 100.0, "product": 2.5, "nothing": 7.0}}},
        "code_bytes": {"conv2d": {"cortex-m4": 1234}},
    }
    monkeypatch.setattr(costs, "_table", lambda: table)
    expected = 100 + 2.5 * features(CONVOLUTION)["product"]
    for cpu in ("cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33"):
        found = instructions("arenite_conv2d_s8", CONVOLUTION, cpu)
        assert found is not None
        assert isclose(found, expected)
        assert code_bytes("conv2d", cpu) == 1234
    assert instructions("arenite_conv2d_s8", CONVOLUTION, "cortex-m55") is None
    assert instructions("arenite_conv2d_s8", CONVOLUTION, "host") is None
    assert instructions("arenite_pad_s8", CONVOLUTION, "cortex-m4") is None
    assert code_bytes("conv2d", "cortex-m55") is None
    assert code_bytes("pad", "cortex-m4") is None


def test_a_layer_without_features_is_refused() -> None:
    with pytest.raises(ValueError, match="value"):
        features({"value": 3})


@pytest.mark.parametrize("kernel", sorted({body.of for body in bodies()} & set(WIDE)))
def test_portable_kernels_have_costs_on_every_core(kernel: str) -> None:
    """More than nothing, and less than a thousand for each product and each element that is read or written."""
    for cpu in CALIBRATED:
        assert (code_bytes(kernels()[kernel].family, cpu) or 0) > 0
        for case in cases_of(kernel, 10):
            found = instructions(kernel, case.call.layer, cpu)
            assert found is not None
            work = sum(features(case.call.layer).values()) + sum(values.size for values in case.inputs)
            assert 1 < found < 1000 * (work + case.expected.size), (cpu, case.call.layer)


def test_every_instruction_set_was_calibrated() -> None:
    assert set(CALIBRATED) >= set(INSTRUCTION_SETS)
    assert {INSTRUCTION_SETS[cpu] for cpu in CALIBRATED.values()} == set(INSTRUCTION_SETS.values())
