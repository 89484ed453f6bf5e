"""The CPUs that projects are generated for, and the QEMU machine that runs each.

What compiler and linker need to know about them stands in ``cmake/arm-none-eabi.cmake`` and ``cmake/boards.cmake``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources

#: CPU -> machine of qemu-system-arm. No board with a Cortex-M0+ has RAM enough: its code runs on a Cortex-M3 that
#: traps on unaligned accesses (the rest of Armv6-M is a subset of Armv7-M).
MACHINES: Mapping[str, str] = {
    "cortex-m0plus": "mps2-an385",
    "cortex-m3": "mps2-an385",
    "cortex-m4": "mps2-an386",
    "cortex-m7": "mps2-an500",
    "cortex-m33": "mps2-an505",
    "cortex-m55": "mps3-an547",
}

CPUS = (*MACHINES, "host")


def board_memory(cpu: str) -> tuple[int, int]:
    """Bytes for code and of RAM that the CPU's board has."""
    text = (resources.files("arenite.cmake") / "boards.cmake").read_text(encoding="utf-8")
    boards = dict(re.findall(r"set\(ARENITE_BOARD_(\S+) ([^)]*)\)", text))
    entry = boards[cpu]
    if entry.startswith("$"):
        entry = boards[entry.removeprefix("${ARENITE_BOARD_").removesuffix("}")]
    _, _, code, _, ram = (int(number, 16) for number in entry.split())
    return code, ram
