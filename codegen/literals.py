"""Arrays of floats as C: each literal reads back to the same value, and long runs of one value take little text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

LINE = 110
"""Characters, about."""
LONG_RUN = 64
"""Equal elements from which on a run is printed as such."""
REPEATS = (4096, 256, 16)
"""Elements that one use of a macro stands for."""
SPECIAL = {"inf": "INFINITY", "-inf": "-INFINITY", "nan": "NAN"}
"""What numpy prints -> the macro of <math.h>."""


def float_initialiser(values: npt.NDArray[Any]) -> str:
    """The initialiser of an array of float or double, in braces. Zeros at the end are left to C's default.

    ``prelude`` gives what the text needs before it.
    """
    flat = np.ascontiguousarray(values).reshape(-1)
    bits = flat.view(f"u{flat.itemsize}")
    used = np.flatnonzero(bits)
    flat, bits = flat[: used[-1] + 1] if used.size else flat[:1], bits[: used[-1] + 1] if used.size else bits[:1]
    starts = np.flatnonzero(np.concatenate([[True], bits[1:] != bits[:-1]]))
    lengths = np.diff(starts, append=flat.size)
    literals = np.array(_literals(flat[starts]), dtype=object)
    lines: list[str] = []
    done = 0
    for run in np.flatnonzero(lengths >= LONG_RUN).tolist():
        lines += _lines(np.repeat(literals[done:run], lengths[done:run]).tolist())
        lines += _lines(_repeated(literals[run], int(lengths[run])))
        done = run + 1
    lines += _lines(np.repeat(literals[done:], lengths[done:]).tolist())
    return "{\n  " + ",\n  ".join(lines) + "}"


def prelude(initialisers: Iterable[str]) -> str:
    """The include and the macros that initialisers use, each on a line of its own; empty if they use none."""
    texts = list(initialisers)
    lines: list[str] = []
    if any(macro in text for macro in ("INFINITY", "NAN") for text in texts):
        lines.append("#include <math.h>")
    if any("ARENITE_TIMES_" in text for text in texts):
        lines.append(f"#define ARENITE_TIMES_16(x) {', '.join(['x'] * 16)}")
        lines.append("#define ARENITE_TIMES_256(x) ARENITE_TIMES_16(ARENITE_TIMES_16(x))")
        lines.append("#define ARENITE_TIMES_4096(x) ARENITE_TIMES_16(ARENITE_TIMES_256(x))")
    return "".join(f"{line}\n" for line in lines)


def _literals(values: npt.NDArray[Any]) -> list[str]:
    """The shortest decimal numbers that read back to the same values."""
    suffix = "f" if values.dtype == np.float32 else ""
    texts: list[str] = values.astype("U32").tolist()
    if np.isfinite(values).all():
        return [f"{text}{suffix}" for text in texts]
    return [SPECIAL.get(text, f"{text}{suffix}") for text in texts]


def _repeated(literal: str, count: int) -> list[str]:
    items: list[str] = []
    for times in REPEATS:
        items += [f"ARENITE_TIMES_{times}({literal})"] * (count // times)
        count %= times
    return items + [literal] * count


def _lines(items: Sequence[str]) -> list[str]:
    """As many on each line as fit in, going by the longest."""
    per_line = max(LINE // (max(map(len, items), default=0) + 2), 1)
    return [", ".join(items[first : first + per_line]) for first in range(0, len(items), per_line)]
