"""The checker must see what a faulty rewriter could do to a file."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tflm_models import branches, stateful

from arenite.errors import ModelError
from arenite.frontends.tflite import parse_subgraphs
from arenite.frontends.tflite.edit import operator_words, permute_operators, write_metadata
from arenite.frontends.tflite.tflm import tflm_subgraphs
from arenite.tflm import offline_plan
from arenite.tflm.check import Rewritten, check_rewritten
from arenite.tflm.reorder import Reordered, reorder
from arenite.validate import InvalidPlan


def _check(old: bytes, new: bytes, orders: tuple[tuple[int, ...], ...], head: int) -> None:
    models = parse_subgraphs(old, "m")
    check_rewritten(Rewritten("m", old, new, orders, head), models, tflm_subgraphs(models, old))


def _flip_description(data: bytes) -> bytes:
    return data.replace(b"written by arenite", b"Written by arenite")


def _flip_constant(data: bytes) -> bytes:
    return data.replace(b"\x00\x00\x80\x3f" * 8, b"\x01\x00\x80\x3f" + b"\x00\x00\x80\x3f" * 7, 1)


def _two_in_the_wrong_order(data: bytes) -> bytes:
    orders = [list(range(length)) for _, length in operator_words(data)]
    orders[0][-1], orders[0][-2] = orders[0][-2], orders[0][-1]
    return permute_operators(data, orders)


def _same_operator_twice(data: bytes) -> bytes:
    """CALL_ONCE has neither inputs nor outputs: a second one is a valid model."""
    orders = [list(range(length)) for _, length in operator_words(data)]
    orders[0][1] = orders[0][0]
    return permute_operators(data, orders)


def _lost_end(data: bytes) -> bytes:
    return data[:-4] if data.endswith(b"\0\0\0\0") else data + b"\0"


def _plan_of_zeros(data: bytes) -> bytes:
    models = parse_subgraphs(data, "m")
    offsets = [0] * sum(len(model.tensors) for model in models)
    return write_metadata(data, {offline_plan.ENTRY: offline_plan.encode(offsets, len(models))})


@pytest.fixture(scope="module")
def result() -> Reordered:
    return reorder(stateful(), "m")


def test_accepts_what_is_right(result: Reordered) -> None:
    _check(stateful(), result.data, result.orders, result.head_bytes)
    with pytest.raises(InvalidPlan, match="head"):
        _check(stateful(), result.data, result.orders, result.head_bytes - 16)
    with pytest.raises(InvalidPlan):
        _check(branches(), result.data, result.orders, result.head_bytes)


@pytest.mark.parametrize(
    "damage",
    [_flip_description, _flip_constant, _two_in_the_wrong_order, _same_operator_twice, _lost_end, _plan_of_zeros],
)
def test_sees_damage(result: Reordered, damage: Callable[[bytes], bytes]) -> None:
    damaged = damage(result.data)
    assert damaged != result.data
    with pytest.raises((InvalidPlan, ModelError)):
        _check(stateful(), damaged, result.orders, result.head_bytes)
