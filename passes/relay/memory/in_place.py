"""Which calls may write their output over an input: element-wise kernels of ours whose input nobody reads again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from arenite.passes.relay.in_place_kernels import in_place_operands
from arenite.passes.relay.memory.memory_items import Pairs, pair
from arenite.passes.relay.memory.usmp_main import Call, UsmpMain, read_usmp_main


def in_place_pairs(module: Any) -> Pairs:
    """Names, as USMP gives them, of an input and an output each that may get the very same bytes.

    The input is as large as the output, so that it is not broadcast; no later statement touches it, and it is neither
    an input nor an output of the model, which the caller may want to find unchanged.

    Args:
        module: as it is after the pass ``tir.usmp.AssignPoolInfo``.
    """
    main = read_usmp_main(module)
    if main.aliased:
        return frozenset()
    return frozenset(both for call in main.calls for both in _pairs(call, main))


def _pairs(call: Call, main: UsmpMain) -> Iterator[tuple[str, str]]:
    for given, made in in_place_operands(call.function):
        if max(given, made) >= len(call.arguments):
            continue
        names = call.arguments[given], call.arguments[made]
        if names[0] is None or names[1] is None or names[0] == names[1]:
            continue
        source, result = main.buffers[names[0]], main.buffers[names[1]]
        dead = source.last == call.position and not (source.is_input or source.is_output)
        if dead and result.first == call.position and source.bytes == result.bytes:
            yield pair(source.name, result.name)
