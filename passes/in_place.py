"""Which result of a function may be written over which operand."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from arenite.codegen.kernels.in_place import in_place_positions
from arenite.tvm_compat import extern_calls, parameter_types, tensor_bytes, tirx

IN_PLACE_ATTRIBUTE = "arenite.in_place"
"""Of a function that computes rows: JSON, pairs of parameters (read, written) as ``in_place_roots`` returns them."""


@dataclass(frozen=True)
class Operand:
    """What stands for a parameter of a function. ``roots``: the tensors that own its bytes (none for a constant);
    ``whole``: it is all bytes of the only one."""

    roots: frozenset[int]
    whole: bool

    @classmethod
    def of(cls, roots: frozenset[int], type_: Any, root_bytes: Callable[[int], int | None]) -> Operand:
        """``type_``: of the expression that is handed over; ``root_bytes``: bytes that a root owns."""
        return cls(roots, len(roots) == 1 and root_bytes(*roots) == tensor_bytes(type_))


def _of_kernel(function: Any) -> dict[int, int]:
    """Parameters that the only kernel of a function may write its output over -> the parameter that is the output."""
    calls = extern_calls(function)
    if calls is None or len(calls) != 1:
        return {}
    ((kernel, positions),) = calls
    return {positions[read]: positions[written] for read, written in in_place_positions(kernel)}


def _of_rows(function: Any) -> dict[int, int]:
    """The same for a function that computes rows: as it says itself."""
    return dict(json.loads(str((function.attrs or {}).get(IN_PLACE_ATTRIBUTE, "[]"))))


def in_place_roots(function: Any, operands: Sequence[Operand]) -> tuple[tuple[int, int], ...]:
    """Pairs of roots (read, written) that may begin at the same byte if nobody needs the first one any more.

    Empty unless ``function`` is a PrimFunc that does nothing but call one kernel which works in place, or computes rows
    and says so. The operand has
    as many elements as the result, so that it is not broadcast; nothing else that the kernel reads lies in its memory.

    Args:
        operands: one for each parameter of ``function``.
    """
    if not isinstance(function, tirx.PrimFunc) or len(function.params) != len(operands):
        return ()
    allowed = _of_rows(function) or _of_kernel(function)
    if not allowed:
        return ()
    elements = [math.prod(shape) for _, shape, _ in parameter_types(function)]
    pairs = []
    for read, written in allowed.items():
        source, result = operands[read], operands[written]
        sharing = [
            place for place, operand in enumerate(operands) if place != written and operand.roots & source.roots
        ]  # fmt: skip
        whole = result.whole and all(place in allowed and operands[place].whole for place in sharing)
        if sharing and whole and elements[read] == elements[written]:
            pairs.append((*source.roots, *result.roots))
    return tuple(dict.fromkeys((read, written) for read, written in pairs if read != written))
