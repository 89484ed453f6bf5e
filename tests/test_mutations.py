"""Damaged files through reading, lowering, ordering and packing: an answer or a clear error, never anything else.

``ARENITE_MUTATIONS`` sets how many (default 2000); ``benchmarks/fuzz_plan.py`` does the same through the command line.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest
from models.fuzz_target import fuzz_target
from mutations import mutate

from arenite.errors import AreniteError
from arenite.frontends.tflite import parse_tflite
from arenite.frontends.to_graph import to_graph
from arenite.planner import plan_graph
from arenite.validate import validate_arena_plan

CASES = int(os.environ.get("ARENITE_MUTATIONS", "1000"))
SECONDS_PER_CASE = 10


@contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    """Raises TimeoutError inside the block, so that a hang fails instead of stopping the tests."""

    def expire(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"still running after {seconds} s")

    before = signal.signal(signal.SIGALRM, expire)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def plan(data: bytes) -> str | None:
    """None if the file was planned, else the message of the error that refused it."""
    try:
        validate_arena_plan(plan_graph(to_graph(parse_tflite(data, "damaged.tflite")), timeout=2.0))
    except AreniteError as error:
        return str(error)
    return None


def test_the_intact_model_plans() -> None:
    assert plan(fuzz_target()) is None


def test_damaged_models_plan_or_are_refused() -> None:
    intact = fuzz_target()
    planned = refused = 0
    for seed in range(CASES):
        start = time.monotonic()
        try:
            with time_limit(SECONDS_PER_CASE):
                message = plan(mutate(intact, seed))
        except Exception as error:
            pytest.fail(f"seed {seed}: {type(error).__name__}: {error} after {time.monotonic() - start:.1f} s")
        if message is None:
            planned += 1
        else:
            refused += 1
            assert message.startswith("damaged.tflite: "), f"seed {seed}: {message}"
            assert "; " in message, f"seed {seed} names no remedy: {message}"
    # Both must occur often, or the mutations do not reach what they should.
    assert planned > CASES // 20
    assert refused > CASES // 20


def test_mutations_are_reproducible() -> None:
    intact = fuzz_target()
    assert mutate(intact, 5) == mutate(intact, 5)
    assert len({mutate(intact, seed) for seed in range(200)}) > 190
