"""Depthwise convolution for the DSP extension: how it scales, and rows in parts, for want of scratch."""

from __future__ import annotations

import numpy as np
import pytest
from bodies.cases import cases_of
from bodies.trials import run_here, trials_of

from arenite.frontends.bodies import depthwise_conv2d_3x3_dsp as three
from arenite.frontends.bodies import depthwise_conv2d_dsp as general
from arenite.frontends.bodies.body import Body
from arenite.frontends.bodies.few_levels import Scale, few_levels, scaled
from arenite.frontends.quantise import requantise_twice

LIMIT = (1 << 23) - 1
"""Of accumulators."""


def output(acc: int, scale: Scale, *, ties_away: bool) -> int:
    """What arenite_columns_dsp.h says of an output, before it is saturated."""
    multiplier, rounding, shift = scale
    high = 256 * acc * multiplier >> 32
    away = 128 if ties_away and high < 0 else 0
    return high + rounding - away >> shift


def scale_of(limit: int, multiplier: int, right: int, zero_point: int) -> Scale | None:
    """Of a single channel; None if there is none."""
    channel = (np.array([value], np.int64) for value in (limit, multiplier, right))
    *scale, fits = three.scales_of(*channel, zero_point)
    return (int(scale[0][0]), int(scale[1][0]), int(scale[2][0])) if fits[0] else None


def accumulators(generator: np.random.Generator, multiplier: int, right: int) -> list[int]:
    """Some that lead to ties, or next to them."""
    steps = generator.integers(-200, 200, 40) * 2 + 1
    ties = [int(step * 2 ** (30 + right) / multiplier) for step in steps.tolist()]
    near = [tie + offset for tie in ties for offset in (-1, 0, 1)]
    return [acc for acc in (*near, *generator.integers(-LIMIT, LIMIT, 40).tolist(), 0, LIMIT) if abs(acc) <= LIMIT]


@pytest.mark.parametrize("right", range(-6, 33))
def test_one_rounding_equals_two(right: int) -> None:
    generator = np.random.default_rng(right + 100)
    taken = 0
    for zero_point in (-128, -1, 0, 5, 127):
        for multiplier in (1 << 30, (1 << 31) - 1, *generator.integers(1 << 30, 1 << 31, 5).tolist()):
            scale = scale_of(LIMIT, multiplier, right, zero_point)
            if scale is None:
                continue
            taken += 1
            for acc in accumulators(generator, multiplier, right):
                expected = requantise_twice(acc, multiplier, -right) + zero_point
                assert output(acc, scale, ties_away=right > 0) == expected
                if acc >= 0:
                    assert output(acc, scale, ties_away=False) == expected
    assert taken == (0 if 16 < right <= 23 else 35)


def test_small_accumulators_make_large_shifts_harmless() -> None:
    for right in range(17, 24):
        limit = (1 << right - 1) - 1
        scale = scale_of(limit, (1 << 31) - 1, right, 7)
        assert scale is not None
        assert {output(acc, scale, ties_away=True) for acc in (-limit, -1, 0, 1, limit)} == {7}
        assert scale_of(limit + 1, (1 << 31) - 1, right, 7) is None


def test_few_levels_equal_what_they_stand_for_with_every_sum() -> None:
    generator = np.random.default_rng(5)
    found = 0
    for number in range(60):
        weights = generator.integers(-12, 13, (3, 3))
        right, multiplier = int(generator.integers(10, 24)), int(generator.integers(1 << 30, 1 << 31))
        bias, away = int(generator.integers(-1 << 24, 1 << 24)), bool(number % 2)
        few = few_levels(weights, bias, multiplier, right, 3, away)
        least, most = (int(ends(-128 * weights, 127 * weights).sum()) for ends in (np.minimum, np.maximum))
        if few is not None:
            found += 1
            for offset in range(least, most + 1, 7):
                expected = min(max(requantise_twice(bias + offset, multiplier, -right) + 3, -128), 127)
                assert scaled(few[0] + offset, few[1], away) == expected
    assert found >= 40


@pytest.mark.parametrize("body", [*three.BODIES, *general.BODIES], ids=lambda body: body.kernel)
def test_rows_in_parts_have_the_same_bits(body: Body) -> None:
    parted = 0
    for case in cases_of(body.of, 30):
        for limit in (96, 192):
            rewritten = body.rewrite(case.call, limit)
            if rewritten is not None:
                call, scratch = rewritten
                assert scratch <= limit
                parted += call.layer["pixels"] < call.layer["output_columns"]
                for trial in trials_of(case, call, scratch):
                    assert not run_here(trial)
    assert parted >= 8
