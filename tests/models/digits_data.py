"""scikit-learn's handwritten digits (1797 images of 8x8, from UCI's Optical Recognition of Handwritten Digits), split.

Pixels are stored as the int8 that digits.tflite takes: ``real = (stored + 128) / 255``, where a real of 1 is the
darkest of 17 grey levels. Only ``split`` needs scikit-learn; ``held_out`` reads digits_test.npz, which
``cd tests; python -m models.digits_data`` wrote.
"""

from __future__ import annotations

import pathlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

HELD_OUT_FILE = pathlib.Path(__file__).with_name("digits_test.npz")
HELD_OUT_IMAGES = 360
GREY_LEVELS = 16
SEED = 2024


@dataclass(frozen=True, eq=False)
class Digits:
    """``images``: int8 [N, 8, 8, 1]; ``labels``: int8 [N], 0 to 9."""

    images: npt.NDArray[np.int8]
    labels: npt.NDArray[np.int8]


def split() -> tuple[Digits, Digits]:
    """Training digits and held-out digits. Raises ImportError without scikit-learn."""
    from sklearn.datasets import load_digits

    data = load_digits()
    levels = np.asarray(data.images)
    images = (np.rint(levels * (255 / GREY_LEVELS)) - 128).astype(np.int8)[..., np.newaxis]
    labels = np.asarray(data.target).astype(np.int8)
    order = np.random.RandomState(SEED).permutation(len(labels))
    held, trained = order[:HELD_OUT_IMAGES], order[HELD_OUT_IMAGES:]
    return Digits(images[trained], labels[trained]), Digits(images[held], labels[held])


def held_out(file: pathlib.Path = HELD_OUT_FILE) -> Digits:
    """The held-out digits, from the committed file; needs nothing but numpy."""
    with np.load(file) as arrays:
        return Digits(arrays["images"], arrays["labels"])


if __name__ == "__main__":
    _, digits = split()
    np.savez_compressed(HELD_OUT_FILE, images=digits.images, labels=digits.labels)
