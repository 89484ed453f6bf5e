"""Writes digits_images.h: held-out images of handwritten digits, as the model takes them.

python make_images.py ../../tests/models/digits_test.npz
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

FIRST, COUNT = 70, 20
"""Two of these twenty are hard to read, also for the model."""

HEADER = """\
/* Images {first} to {last} of tests/models/digits_test.npz, 8x8 pixels from -128 (paper) to 127 (ink), and the digits
 * that people meant. Written by make_images.py. */
#ifndef DIGITS_IMAGES_H
#define DIGITS_IMAGES_H

#include <stdint.h>

#define DIGITS_IMAGES {count}

static const int8_t digits_images[DIGITS_IMAGES][64] = {{
{images}
}};

static const int8_t digits_labels[DIGITS_IMAGES] = {{{labels}}};

#endif
"""


def header(file: Path) -> str:
    """The text of the header. ``file`` holds images, int8 [N, 8, 8, 1], and labels, int8 [N]."""
    with np.load(file) as arrays:
        images, labels = (arrays[name][FIRST : FIRST + COUNT] for name in ("images", "labels"))
    blocks = [
        "  {\n" + "\n".join("    " + " ".join(f"{pixel}," for pixel in row) for row in image.reshape(8, 8)) + "\n  },"
        for image in images
    ]
    return HEADER.format(
        first=FIRST, last=FIRST + COUNT - 1, count=COUNT, images="\n".join(blocks), labels=", ".join(map(str, labels))
    )


if __name__ == "__main__":
    text = header(Path(sys.argv[1]))
    Path(__file__).with_name("digits_images.h").write_text(text, encoding="utf-8")
