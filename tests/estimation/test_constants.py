"""Bytes of constants that are told apart without being made, against all of them made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from bodies.cases import cases_of
from models.architectures import architecture

from arenite.codegen.kernels import kernels
from arenite.estimation.constants import ConstantBytes, constant_bytes
from arenite.estimation.features import live_share
from arenite.frontends.bodies import bodies, choose
from arenite.frontends.bodies.channels_v6m import CONSTANT
from arenite.frontends.lowering import Call
from arenite.frontends.operators import lower_all
from arenite.frontends.read import read_model
from arenite.target import Target


def all_made(calls: Sequence[Call]) -> ConstantBytes:
    """With arrays at words, as code for speed has them."""
    names: dict[tuple[str, bytes], str] = {}
    for call in calls:
        types = {parameter.name: parameter.type for parameter in kernels()[call.kernel].parameters}
        layer = np.array(list(call.layer.values()), np.int32)
        for name, array in {"layer": layer, **call.constants}.items():
            names.setdefault((types[name], array.tobytes()), name)
    found = [(name == "weights", -(-max(len(content), 1) // 4) * 4) for (_, content), name in names.items()]
    weights, parameters = (sum(size for weighty, size in found if weighty is wanted) for wanted in (True, False))
    return ConstantBytes(weights, parameters, len(found))


@pytest.mark.parametrize("cpu", ["cortex-m0plus", "cortex-m4", "cortex-m55"])
@pytest.mark.parametrize("seed", [0, 1])
def test_equal_constants_count_once_whatever_their_layers(seed: int, cpu: str, tmp_path: Path) -> None:
    file = tmp_path / "model.tflite"
    file.write_bytes(architecture(seed)[1])
    lowerings = lower_all(read_model(file))
    others = [
        replace(each, calls=tuple(replace(call, layer=_with_other_output(call)) for call in each.calls))
        for each in lowerings
    ]
    chosen = choose([*lowerings, *lowerings, *others], Target(cpu))
    calls = [call for each in chosen if each for call in each.calls]
    once = constant_bytes(calls[: len(calls) // 3], "speed")
    found = constant_bytes(calls, "speed")
    assert found == all_made(calls)
    assert once.weights <= found.weights < 1.5 * once.weights
    assert found.parameters > once.parameters


def _with_other_output(call: Call) -> dict[str, int]:
    return {name: value - (name == "output_zero_point") for name, value in call.layer.items()}


def test_channels_that_are_skipped_are_counted_by_their_weights() -> None:
    shares = set()
    for body in bodies():
        if body.instruction_set == "v6m" and "conv2d" in body.kernel:
            for case in cases_of(body.of, 12):
                call, _ = body.rewrite(case.call, 1536) or (case.call, 0)
                codes = call.constants["channels"][:, 2]
                skipped = np.count_nonzero(codes == CONSTANT) if call is not case.call else 0
                shares.add(live_share(call))
                assert live_share(call) == pytest.approx(1 - skipped / len(codes))
    assert len(shares) > 3
