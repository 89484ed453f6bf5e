"""TFLM itself says what a file needs and computes: before, reordered, and with an offline plan."""

from __future__ import annotations

from functools import cache

import pytest
from tflm_models import NAMED, random_model
from tflm_wheel import TflmRun, same_outputs, tflm_runs

from arenite.tflm.reorder import Reordered, reorder

RANDOM = 24
MODELS = {
    **{name: make() for name, make in NAMED.items()},
    **{f"random_{n}": random_model(n, 14) for n in range(RANDOM)},
}


@cache
def _all_runs() -> dict[str, tuple[Reordered, Reordered, TflmRun, TflmRun, TflmRun]]:
    """Of each model: both results, and TFLM's runs of the source and of both. One process for all of them."""
    plain = [reorder(data, name) for name, data in MODELS.items()]
    planned = [reorder(data, name, tflm_plan=True) for name, data in MODELS.items()]
    files = [*MODELS.values(), *(one.data for one in plain), *(one.data for one in planned)]
    runs = tflm_runs(files, inferences=3)
    for run in runs:
        assert isinstance(run, TflmRun), run
    count = len(MODELS)
    columns = (runs[:count], runs[count : 2 * count], runs[2 * count :])
    return dict(zip(MODELS, zip(plain, planned, *columns, strict=True), strict=True))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", MODELS)
def test_tflm_needs_what_was_said_and_computes_the_same(name: str) -> None:
    plain, planned, source_run, plain_run, planned_run = _all_runs()[name]
    assert plain.head_before_bytes == planned.head_before_bytes == source_run.head
    assert plain.head_bytes == plain_run.head
    assert planned.head_bytes == planned_run.head
    assert same_outputs(source_run, plain_run)
    assert same_outputs(source_run, planned_run)
    assert planned.lower_bound_bytes <= planned_run.head <= source_run.head
    assert plain_run.head <= source_run.head


def test_a_better_order_is_found() -> None:
    """The models are made so that branch by branch needs far less."""
    for name in NAMED:
        plain, planned, *_ = _all_runs()[name]
        assert plain.head_bytes < 0.85 * plain.head_before_bytes
        assert planned.head_bytes <= plain.head_bytes
