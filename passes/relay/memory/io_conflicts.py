"""What USMP overlooks when inputs and outputs are in the workspace: an input is there before the first statement, and
an output is needed after the last. USMP takes them for live only from first to last use, and would write a temporary
over an input that is read late, or over an output that is written early."""

from __future__ import annotations

from typing import Any

from arenite.passes.relay.memory.memory_items import Pairs, pair
from arenite.passes.relay.memory.usmp_main import Buffer, read_usmp_main


def io_conflicts(module: Any) -> Pairs:
    """Names of buffers, as USMP gives them, that must not share bytes though USMP may not say so.

    Args:
        module: as it is after the pass ``tir.usmp.AssignPoolInfo``.
    """
    main = read_usmp_main(module)
    buffers = list(main.buffers.values())
    inputs = [buffer for buffer in buffers if buffer.is_input]
    outputs = [buffer for buffer in buffers if buffer.is_output]
    found = {pair(one.name, other.name) for one in inputs for other in _between(buffers, -1, one.first - 1)}
    found |= {
        pair(one.name, other.name) for one in outputs for other in _between(buffers, one.last + 1, main.statements)
    }
    for boundary in (inputs, outputs):
        found |= {pair(one.name, other.name) for one in boundary for other in boundary}
    return frozenset((one, other) for one, other in found if one != other)


def _between(buffers: list[Buffer], first: int, last: int) -> list[Buffer]:
    """Those live at a statement in the closed range; empty if ``last`` < ``first``."""
    return [buffer for buffer in buffers if first <= last and buffer.first <= last and buffer.last >= first]
