"""Kernels that can take their input row by row, and what they keep between two rows of it."""

from __future__ import annotations

from dataclasses import dataclass

from arenite.codegen.kernels import kernels

ITEM_BYTES = {
    "arenite_average_pool_s16": 4,
    "arenite_max_pool_s16": 2,
    "arenite_mean_s16": 4,
    "arenite_average_pool_s8": 4,
    "arenite_average_pool_f32": 4,
    "arenite_average_pool_up_s8": 4,
    "arenite_max_pool_s8": 1,
    "arenite_max_pool_f32": 4,
    "arenite_mean_s8": 4,
    "arenite_mean_once_s8": 4,
    "arenite_average_pool_dsp_s8": 4,
    "arenite_max_pool_dsp_s8": 1,
    "arenite_mean_dsp_s8": 4,
    "arenite_mean_dsp_once_s8": 4,
    "arenite_average_pool_mve_s8": 4,
    "arenite_max_pool_mve_s8": 1,
    "arenite_mean_mve_s8": 4,
    "arenite_mean_mve_once_s8": 4,
    "arenite_average_pool_v6m_s8": 4,
    "arenite_max_pool_v6m_s8": 1,
    "arenite_mean_v6m_s8": 4,
    "arenite_mean_v6m_once_s8": 4,
}
"""Kernels that can take their input in row by row -> bytes of what they keep for each output element.

arenite_average_pool_once_s8 is none of them: next to a tie it adds the elements again, in float32 and one by one."""


@dataclass(frozen=True)
class Accumulator:
    """Memory from which an output row is computed once each of its input rows has been added; input rows may be
    forgotten then, and none of them belongs to two output rows.

    ``add(layer, in, columns, first, sums)`` adds an input row; ``columns`` are its elements of each channel, ``first``
    is 1 for the first row of an output row, whatever ``sums`` holds, and 0 for the others, which come in ascending
    order. ``finish(layer, rows, sums, out)`` computes the output row from the sums of ``rows`` input rows.

    ``family``: of the files that define both functions. ``elements`` of ``item_bytes`` each are the memory, which is
    aligned to ``item_bytes``.
    """

    family: str
    add: str
    finish: str
    elements: int
    item_bytes: int
    columns: int

    @property
    def bytes(self) -> int:
        """A multiple of 4."""
        return -(-self.elements * self.item_bytes // 4) * 4


def accumulator_of(kernel: str, function: str, elements: int, columns: int) -> Accumulator:
    """Of a kernel of ``ITEM_BYTES``, whose row function is ``function``."""
    add, finish = (function.replace("_row", f"_{part}_row") for part in ("add", "finish"))
    return Accumulator(f"{kernels()[kernel].family}_rows", add, finish, elements, ITEM_BYTES[kernel], columns)
