"""The core that a project is compiled for, as far as the choice of kernels goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

InstructionSet = Literal["dsp", "mve", "v6m"]
"""The DSP extension, the vectors of Helium, or Armv6-M, which has neither these nor a long multiplication."""
Optimise = Literal["speed", "size"]

INSTRUCTION_SETS: Mapping[str, InstructionSet] = {
    "cortex-m0plus": "v6m",
    "cortex-m4": "dsp",
    "cortex-m7": "dsp",
    "cortex-m33": "dsp",
    "cortex-m55": "mve",
}
"""CPU -> what its own bodies are written for; other CPUs have the portable kernels alone."""

SCRATCH_BYTES = 1536
"""Of working memory that an operator may ask for in order to be faster."""


@dataclass(frozen=True)
class Target:
    """``optimise``: for few instructions, or for little flash and RAM. ``scratch_bytes``: at most, of one operator."""

    cpu: str = "host"
    optimise: Optimise = "speed"
    scratch_bytes: int = SCRATCH_BYTES

    @property
    def instruction_set(self) -> InstructionSet | None:
        return INSTRUCTION_SETS.get(self.cpu)


PORTABLE = Target()
