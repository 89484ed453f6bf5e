"""Weights and channels as the words for pairs of channels of the DSP extension take them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from arenite.frontends.bodies.pair_weights import OTHER_EXPONENT, fits_pairs, pair_channels, pair_weights
from arenite.frontends.quantise import requantise_twice

Int8s = npt.NDArray[np.int8]


def sums_of(words: npt.NDArray[np.uint32], inputs: npt.NDArray[np.int64]) -> list[int]:
    """What four channels are multiplied to, as the words do it: a sum of halves and one of lower bytes."""
    halves = np.stack([words & 0xFFFF, words >> 16], axis=-1).astype(np.uint16).view(np.int16).astype(np.int64)
    # [four, which two inputs of it, pair of channels, half]
    halves = halves.reshape(-1, 2, 2, 2)
    of_halves = inputs.reshape(-1, 2, 2).transpose(0, 2, 1)[:, :, None]
    both, low = (halves * of_halves).sum(axis=(0, 1, 3)), ((halves & 255) * of_halves).sum(axis=(0, 1, 3))
    first = low - 128 * inputs.sum()
    second = ((both - low + 2**31) % 2**32 - 2**31) >> 8
    return [int(first[0]), int(second[0]), int(first[1]), int(second[1])]


@pytest.mark.parametrize("seed", range(8))
def test_words_multiply_four_channels(seed: int) -> None:
    generator = np.random.default_rng(seed)
    channels, elements = int(generator.integers(1, 14)), int(generator.integers(1, 30))
    weights = generator.choice(np.array([-128, -127, 0, 127], np.int8), (channels, elements))
    inputs = np.zeros(-(-elements // 4) * 4, np.int64)
    inputs[:elements] = generator.choice([-128, 0, 127], elements)
    packed = pair_weights(weights)
    assert packed.shape == (-(-channels // 4), len(inputs) // 4, 4)
    expected = weights.astype(np.int64) @ inputs[:elements]
    sums = [value for block in packed for value in sums_of(block, inputs)]
    assert sums[:channels] == expected.tolist()


def test_sums_of_second_channels_have_23_bits() -> None:
    weights = np.zeros((2, 1024), np.int8)
    weights[0] = -128
    weights[1, :512] = -128
    assert not fits_pairs(weights)
    weights[1, 0] = 127
    assert fits_pairs(weights)


def scaled_short(acc: int, bias: int, multiplier: int, exponent: int, zero_point: int) -> int:
    """What arenite_requantise_doubled computes."""
    doubled = 2 * acc + bias
    assert -(2**31) <= doubled < 2**31
    high = ((2 * zero_point + 1) << exponent) + ((doubled * multiplier + 2**31) >> 32)
    assert -(2**31) < high < 2**31
    return min(max((high + (doubled >> 31)) >> exponent >> 1, -128), 127)


@pytest.mark.parametrize("seed", range(20))
def test_channels_scale_as_they_did(seed: int) -> None:
    generator = np.random.default_rng(seed)
    zero_point = int(generator.choice([-128, 127, int(generator.integers(-128, 128))]))
    weights = generator.integers(-128, 128, (4, 9)).astype(np.int8)
    weights[generator.random(4) < 0.4] = 0
    exponents = generator.choice([-31, -2, -1, 0, 1, 8, 22, 23, 30], 4)
    multipliers = generator.integers(2**31, 2**32, 4)
    biases = generator.choice([0, 5000, -5000, 2**29, 2**30, -(2**31), 2**31 - 1], 4)
    channels = np.stack([biases, multipliers, exponents], axis=1).astype(np.uint32).view(np.int32)
    packed, changed = pair_channels(channels, weights, zero_point)
    for channel, (bias, multiplier, exponent) in enumerate(packed.tolist()):
        if exponent < 0:
            assert (packed[:, 2] < 0).all()
            assert np.array_equal(packed[channel], channels[channel] + [0, 0, OTHER_EXPONENT])
            assert np.array_equal(changed[channel], weights[channel])
            continue
        inputs = [np.full(9, -128), np.full(9, 127), *generator.integers(-128, 128, (20, 9))]
        inputs += [np.where(weights[channel] > 0, 127, -128), np.where(weights[channel] > 0, -128, 127)]
        for values in inputs:
            acc = int(values @ weights[channel].astype(np.int64))
            whole = acc + int(biases[channel])
            wanted = requantise_twice(whole, int(multipliers[channel]) >> 1, -1 - int(exponents[channel]))
            acc = int(values @ changed[channel].astype(np.int64))
            found = scaled_short(acc, bias, multiplier, exponent, zero_point)
            assert found == min(max(wanted + zero_point, -128), 127)


def test_most_channels_take_the_short_way() -> None:
    channels = np.array([[1000, -5, 8], [-1000, -6, 0], [2**30, -7, 25], [7, 0, -1]], np.int32)
    weights = np.array([[5] * 9, [-5] * 9, [0] * 9, [0] * 9], np.int8)
    assert (pair_channels(channels, weights, 3)[0][:, 2] >= 0).all()
    # The last one varies, and is not divided.
    weights[3], channels[3, 1] = 1, -8
    assert (pair_channels(channels, weights, 3)[0][:, 2] < 0).all()
