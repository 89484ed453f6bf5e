"""CAST against TFLite's reference, from every type to every type."""

from __future__ import annotations

import numpy as np
import pytest
from kernel_harness import Array
from operator_checks import check_operators, plain_operator

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.operators.cast import INTEGERS, LIMITS
from arenite.frontends.tflite import parse_tflite

TYPES = (*INTEGERS, "float32")
REFUSED = [*((wide, "float32") for wide in ("int64",)), *(("float32", wide) for wide in ("int64", "uint32"))]
REALS = [0.0, -0.0, 0.4, 0.6, -0.4, -0.6, 1.5, 2.5, -1.5, 126.9, -128.9, 1e-40, 254.9, 32766.5, -32768.9, 2147483520.0]


def model_of(source: str, result: str, count: int) -> bytes:
    return plain_operator("CAST", [((2, count), source)], ((2, count), result))


def values_of(dtype: str) -> Array:
    if dtype == "float32":
        return np.array(REALS, np.float32)
    if dtype == "bool":
        return np.array([False, True])
    limits = np.iinfo(dtype)
    chosen = [limits.min, limits.min + 1, limits.max - 1, limits.max, 0, 1, 5, 77]
    return np.array([*chosen, *np.random.default_rng(0).integers(limits.min, limits.max, 40, dtype)], dtype)


@pytest.mark.parametrize("source", TYPES)
def test_every_type_becomes_every_type(source: str) -> None:
    values = values_of(source)
    for result in TYPES:
        if (source, result) not in REFUSED:
            own = values
            if source == "float32" and result in LIMITS:
                low, high = LIMITS[result]
                own = values[(values > low - 1) & (values < high + 1)]
            check_operators(model_of(source, result, own.size), given=[[np.stack([own, own[::-1]])]])


@pytest.mark.parametrize("result", LIMITS)
def test_floats_saturate(result: str) -> None:
    low, high = LIMITS[result]
    values = np.array([low - 0.5, low - 1, -3e9, -1e30, -np.inf, high + 0.5, high + 1, 3e9, 1e30, np.inf], np.float32)
    check_operators(model_of("float32", result, values.size), given=[[np.stack([values, values])]])


@pytest.mark.parametrize(("source", "result"), REFUSED)
def test_what_has_no_kernel_is_refused(source: str, result: str) -> None:
    model = parse_tflite(model_of(source, result, 3), "test.tflite")
    with pytest.raises(NotLowered, match="no kernel"):
        lower(model, model.operators[0])
