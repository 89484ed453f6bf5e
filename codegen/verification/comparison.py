"""Two arrays that should be the same: how many values differ by more than they may, and by how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from arenite.codegen.description import Array
from arenite.errors import ToolError


@dataclass(frozen=True)
class Tolerance:
    """A value may be off by ``absolute``, in the tensor's own units, plus ``relative`` times the largest magnitude in
    the expected tensor. Without either every bit counts."""

    absolute: float = 0.0
    relative: float = 0.0

    def allowed(self, expected: Array) -> float:
        """For one tensor; what is infinite or no number in it does not count."""
        if not self.relative:
            return self.absolute
        magnitudes = np.abs(expected[np.isfinite(expected)].astype(np.float64))
        return self.absolute + self.relative * float(magnitudes.max(initial=0.0))


EXACT = Tolerance()


@dataclass(frozen=True)
class Difference:
    """``mismatches``: how many of the ``values`` are off by more than the tolerance; ``max_abs_diff``: by how much the
    worst value is off, within the tolerance or not; NaN against a number, as much as float64 can say."""

    values: int
    mismatches: int
    max_abs_diff: float


def compare(actual: Array, expected: Array, tolerance: Tolerance = EXACT) -> Difference:
    """Compares in the order of memory; shapes do not matter. Without a tolerance bits are compared: two NaN with the
    same bits are equal, 0.0 and -0.0 are not. With one, any NaN equals any other.

    Raises:
        ToolError: type or number of elements differ, so that nothing can be compared.
    """
    if actual.dtype != expected.dtype or actual.size != expected.size:
        raise ToolError(
            f"the generated code computes {actual.dtype}{list(actual.shape)}, "
            f"the oracle {expected.dtype}{list(expected.shape)}"
        )
    bits = np.dtype(f"u{actual.dtype.itemsize}")
    left, right = np.ascontiguousarray(actual).ravel(), np.ascontiguousarray(expected).ravel()
    different = left.view(bits) != right.view(bits)
    if not different.any():
        return Difference(left.size, 0, 0)
    allowed = tolerance.allowed(right)
    left, right = left[different], right[different]
    count = actual.size
    if left.dtype.kind == "f":
        distances = _float_distances(left.astype(np.float64), right.astype(np.float64))
        beyond = distances > allowed if tolerance != EXACT else np.ones(left.size, bool)
        return Difference(count, int(beyond.sum()), float(distances.max()))
    # Python's integers: differences of 64-bit ones do not overflow
    steps = [abs(int(a) - int(b)) for a, b in zip(left, right, strict=True)]
    return Difference(count, sum(step > allowed for step in steps), max(steps))


def _float_distances(left: Array, right: Array) -> Array:
    # Finite, because JSON has no other numbers.
    same = (left == right) | (np.isnan(left) & np.isnan(right))
    with np.errstate(invalid="ignore", over="ignore"):
        distances = np.where(same, 0.0, np.abs(left - right))
    return np.nan_to_num(distances, nan=np.finfo(np.float64).max, posinf=np.finfo(np.float64).max)


def total(differences: Sequence[Difference]) -> Difference:
    """Of several tensors together."""
    return Difference(
        sum(difference.values for difference in differences),
        sum(difference.mismatches for difference in differences),
        max((difference.max_abs_diff for difference in differences), default=0),
    )
