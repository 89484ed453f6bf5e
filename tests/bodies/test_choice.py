"""The choice of kernels against a search of all combinations, and what it means for memory."""

from __future__ import annotations

import math
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arenite.codegen.kernels import kernels
from arenite.frontends.bodies import choice, choose, weighed_scratch
from arenite.frontends.bodies.choice import WORTH, Option, cheapest
from arenite.frontends.bodies.costs import instructions
from arenite.frontends.bodies.weighed_scratch import ARENA_WORTH
from arenite.frontends.lowering import Call
from arenite.frontends.operators import lower_all
from arenite.frontends.read import read_model
from arenite.frontends.to_graph import to_row_forms
from arenite.rows.plan_rows import RowRequest, choose_rows
from arenite.target import INSTRUCTION_SETS, SCRATCH_BYTES, Optimise, Target

MODELS = Path(__file__).parent.parent / "models"
KERNELS = (
    "arenite_conv2d_s8", "arenite_conv2d_dsp_s8", "arenite_fully_connected_s8", "arenite_fully_connected_dsp_s8",
    "arenite_add_s8", "arenite_multiply_s8",
)  # fmt: skip
"""Some of them share a family."""


@st.composite
def programs(draw: st.DrawFn) -> list[list[Option]]:
    """Calls with one to three kernels each that may compute them. A call's number stands in its layer."""
    count = draw(st.integers(1, 5))
    return [
        [
            Option(
                Call(kernel, {"number": number, "option": place}, (), {"weights": np.zeros(draw(st.integers(0, 9)))})
            )
            for place, kernel in enumerate(
                draw(st.lists(st.sampled_from(KERNELS), min_size=1, max_size=3, unique=True))
            )
        ]
        for number in range(count)
    ]


@settings(max_examples=200, deadline=None)
@given(options=programs(), optimise=st.sampled_from(list(WORTH)), seed=st.integers(0, 99))
def test_no_combination_costs_less(options: list[list[Option]], optimise: Optimise, seed: int) -> None:
    generator = np.random.default_rng(seed)
    executed = generator.integers(0, 200_000, (5, 3))
    families = sorted({kernels()[name].family for name in KERNELS})
    code = dict(zip(families, generator.integers(0, 4000, len(families)).tolist(), strict=True))

    def cost(taken: tuple[Option, ...]) -> float:
        own = {option.family for option in taken}
        data = sum(option.call.constants["weights"].nbytes + 4 * len(option.call.layer) for option in taken)
        counted = sum(executed[o.call.layer["number"], o.call.layer["option"]] for o in taken)
        return float(counted + WORTH[optimise] * (data + sum(code[family] for family in own)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(choice, "instructions", lambda _, layer, __: float(executed[layer["number"], layer["option"]]))
        patch.setattr(choice, "code_bytes", lambda family, _: code[family])
        found = cheapest(options, Target("cortex-m4", optimise))
    assert all(one in own for one, own in zip(found, options, strict=True))
    assert cost(found) == min(cost(taken) for taken in product(*options))


@pytest.mark.parametrize("cpu", INSTRUCTION_SETS)
def test_scratch_is_limited(cpu: str) -> None:
    model = read_model(MODELS / "ds_cnn.tflite")
    for limit in (0, 100, SCRATCH_BYTES):
        chosen = choose(lower_all(model), Target(cpu, scratch_bytes=limit))
        assert all(lowering is not None and lowering.scratch_bytes <= limit for lowering in chosen)
    assert any(lowering is not None and lowering.scratch_bytes for lowering in chosen)


def test_other_cores_keep_the_portable_kernels() -> None:
    lowerings = lower_all(read_model(MODELS / "ds_cnn.tflite"))
    for cpu in ("host", "cortex-m3"):
        assert choose(lowerings, Target(cpu)) == lowerings


@pytest.mark.parametrize("granularity", ["op", "row"])
def test_scratch_has_to_be_worth_its_arena(granularity: str) -> None:
    model, rows = read_model(MODELS / "ds_cnn.tflite"), RowRequest(granularity)  # type: ignore[arg-type]
    arenas, executed = {}, {}
    for limit in (0, SCRATCH_BYTES):
        target = Target("cortex-m4", "speed", limit)
        graph, forms, _ = to_row_forms(model, target)
        arenas[limit] = choose_rows(graph, forms, rows, timeout=5.0).plan.arena_bytes
        calls = [call for lowering in choose(lower_all(model), target) if lowering for call in lowering.calls]
        executed[limit] = sum(instructions(call.kernel, call.layer, target.cpu) or 0.0 for call in calls)
    grown, saved = arenas[SCRATCH_BYTES] - arenas[0], executed[0] - executed[SCRATCH_BYTES]
    assert min(grown, saved) > 0, "a model that tells nothing"
    for worth in (0.0, 0.9 * saved / grown, 1.1 * saved / grown, math.inf):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(weighed_scratch, "ARENA_WORTH", {"speed": worth})
            settled = weighed_scratch.weighed_scratch(model, Target("cortex-m4"), rows, alignment=16, timeout=5.0)
        assert settled.scratch_bytes == (SCRATCH_BYTES if saved >= worth * grown else 0)
    assert ARENA_WORTH["size"] == math.inf, "no scratch that is not free"
