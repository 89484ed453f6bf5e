"""Multipliers for kernels that round as ONNX Runtime does: float32 arithmetic, one rounding to the nearest integer,
ties to even.

The integers for it are those that ``codegen/kernels/float_rounding.h`` describes; ``arenite_scale_as_float`` there
computes with them what float32 would give.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Operator

Int32s = npt.NDArray[np.int32]

MIN_EXPONENT, MAX_EXPONENT = 8, 12
"""Units of the first result are 2^-(1 + exponent): so many bits that ties are rare, so few that whatever float32 loses
below 512 is less than half a unit."""


def rounds_once(operator: Operator) -> bool:
    """Whether the operator rounds as ONNX's does, not as TensorFlow Lite's."""
    requantisation = operator.attributes.get("requantisation")
    if requantisation not in (None, "once"):
        raise NotLowered(f"the requantisation is {requantisation!r}")
    return requantisation == "once"


def float_multipliers(scales: npt.ArrayLike) -> Int32s:
    """int32 [n, 2]: ``multiplier`` and ``code`` of ``arenite_scale_as_float`` for float32 scales >= 0.

    Bits of a scale below 2**-22 may be cut off.

    Raises:
        NotLowered: a scale is not finite, or 2**20 and more, where one step of the input is all of the output.
    """
    reals = np.atleast_1d(np.asarray(scales, np.float32)).astype(np.float64)
    if not (np.isfinite(reals) & (reals >= 0) & (reals < 2.0**20)).all():
        raise NotLowered("the output's scale is too small beside the inputs', as if it never varied in calibration")
    fraction, power = np.frexp(reals)
    # fraction * 2**power, fraction in [1/2, 1), is (fraction * 2**31) * 2**(left - 33 - exponent).
    exponent = -2 - power.astype(np.int64)
    used = np.clip(exponent, MIN_EXPONENT, MAX_EXPONENT)
    multiplier = np.rint(np.ldexp(fraction, (31 + np.minimum(used - exponent, 0)).astype(np.int32)))
    code = used - 64 * (1 + np.maximum(used - exponent, 0))
    return np.column_stack([multiplier, code]).astype(np.int64).astype(np.int32)


def mantissa(scale: float) -> tuple[int, int]:
    """A float32 > 0 as ``(integer in [2**23, 2**24), power of 2)``."""
    fraction, power = math.frexp(scale)
    return int(math.ldexp(fraction, 24)), power - 24


def float_scale(*factors: float, divisors: Sequence[float] = ()) -> float:
    """The product of factors, divided by the divisors one after the other; every step in float32."""
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        result = np.float32(1)
        for factor in factors:
            result = result * np.float32(factor)
        for divisor in divisors:
            result = result / np.float32(divisor)
    return float(result)
