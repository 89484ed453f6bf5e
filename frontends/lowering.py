"""How an operator computes, as neutral data: calls of row kernels, one TVM operator, or nothing but a new name.

Each file in ``operators/`` turns operators of the Model into a Lowering; ``to_relax`` turns that into Relax and
``to_graph`` takes scratch and aliases from it, so that planning with and without TVM agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.generic]
Arrays = Mapping[str, Array]
Entries = Mapping[str, Array | int]
"""Constants by name, in order: what is there already, or how many bytes what is made late will have."""


class LateConstants(Mapping[str, Array]):
    """Constants of which some are made when one of them is asked for: which kernel is called is decided without them.
    ``sizes``: bytes of each.

    Args:
        make: gives all that is not there yet.
        source: of what that is made, besides the layer: ``weights``, int8 [output channels, elements], and what else
            there is, of which numbers, but for biases, are those that ``make`` will give.
    """

    def __init__(
        self,
        entries: Entries,
        make: Callable[[], Arrays],
        source: Arrays,
    ) -> None:
        self.source = source
        self.sizes = {name: entry if isinstance(entry, int) else entry.nbytes for name, entry in entries.items()}
        self._entries = entries
        self._make = make
        self._made: Arrays | None = None

    def is_late(self, name: str) -> bool:
        return isinstance(self._entries[name], int)

    def __getitem__(self, name: str) -> Array:
        entry = self._entries[name]
        if not isinstance(entry, int):
            return entry
        if self._made is None:
            self._made = self._make()
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def sizes_of(constants: Mapping[str, Array]) -> Mapping[str, int]:
    """Bytes of each constant, without making those that are made late."""
    if isinstance(constants, LateConstants):
        return constants.sizes
    return {name: array.nbytes for name, array in constants.items()}


@dataclass(frozen=True, eq=False)
class Call:
    """One call of a C kernel: ``kernel(&layer, inputs..., constants..., states..., outputs..., [scratch])``.

    ``layer`` holds the int32 fields of the kernel's layer struct, in the struct's order. ``inputs`` are tensor indices
    of the model. ``constants`` are arrays for read-only memory, by the name of the kernel's parameter, in order.
    """

    kernel: str
    layer: Mapping[str, int]
    inputs: tuple[int, ...]
    constants: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Lowering:
    """Exactly one of ``calls``, ``relax_op`` and ``alias`` is used.

    ``inputs``: the activation tensors that are read at run time, each once (constants are inside the calls).
    ``states``: of ``Model.states``, the tensors that the operator overwrites, and may read before. Every call gets all
    of them, as pointers through which its kernel may write. A state that is only read is one of ``inputs``.
    ``outputs``: the tensors that are written. Every call gets all outputs, and the scratch if its kernel takes any.
    ``scratch_bytes``: working memory while the operator runs, int32-aligned; 0 if no kernel takes scratch.
    ``relax_op``: name and keyword arguments of a TVM operator on ``inputs``.
    ``alias``: the only output is the bytes of the only input.
    """

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    calls: tuple[Call, ...] = ()
    scratch_bytes: int = 0
    relax_op: tuple[str, Mapping[str, object]] | None = None
    alias: bool = False
    states: tuple[int, ...] = ()


class NotLowered(Exception):
    """Raised by a lowering for an operator that arenite does not compile; the text is the reason."""
