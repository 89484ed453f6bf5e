"""Whether a model fits into the memory of a target, and what would help where it does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from arenite.errors import AreniteError

if TYPE_CHECKING:
    from arenite.frontends.model import Model
    from arenite.target import Target

WHOLE_OPERATORS = "use --granularity auto without --region and --io-memory: rows in place of whole tensors may fit"
SHRINK = "use --stream-input if the input may come row by row, --region for a second memory, or a smaller model"
FLASH_REMEDIES = {
    "speed": "use --optimise size, memory-mapped external flash for the weights, or a model with fewer weights",
    "size": "use memory-mapped external flash for the weights, or a model with fewer weights",
}
"""By what was optimised for."""


@dataclass(frozen=True)
class TargetMemory:
    """Bytes that a model may take of ``owner``'s RAM and flash; None: whatever it needs."""

    ram: int | None = None
    flash: int | None = None
    owner: str = "the target"


UNLIMITED = TargetMemory()
QUICK_PLAN_SECONDS = 0.05
"""For an estimate of which nobody looks at the arena."""


def check_memory(model: Model, arena_bytes: int, memory: TargetMemory, granularity: str, target: Target) -> None:
    """Refuses a planned model that does not fit. Its flash is estimated, as of whole operators.

    Args:
        granularity: what was asked for: "op", "row" or "auto".

    Raises:
        AreniteError: it needs more than there is, or there is no estimate for the CPU.
        UnsupportedError: flash is limited, and the model cannot be compiled.
    """
    parts = {"arena": arena_bytes, "state": model.state_bytes}
    check_ram(memory, parts, file=model.file, remedy=WHOLE_OPERATORS if granularity == "op" else SHRINK)
    if memory.flash is not None:
        from arenite.estimation.estimate import estimate

        if target.cpu == "host":
            raise AreniteError("--flash is that of a Cortex-M", remedy="choose a --cpu, or leave it out")
        found = estimate(model, cpu=target.cpu, optimise=target.optimise, timeout=QUICK_PLAN_SECONDS)
        weights = found.weights_bytes
        parts = {"weights": weights, "code and tables": found.flash_bytes - weights}
        check_flash(memory, parts, file=model.file, optimise=target.optimise)


def check_ram(memory: TargetMemory, parts: Mapping[str, int], *, file: str | None, remedy: str) -> None:
    """Raises AreniteError if ``parts``, by what takes how many bytes, are more than there is."""
    if memory.ram is not None:
        _check(memory.ram, "RAM", parts, memory.owner, file, remedy)


def check_flash(memory: TargetMemory, parts: Mapping[str, int], *, file: str | None, optimise: str) -> None:
    """The same for code and constants; ``optimise``: "speed" or "size"."""
    if memory.flash is not None:
        _check(memory.flash, "flash", parts, memory.owner, file, FLASH_REMEDIES[optimise])


def _check(available: int, kind: str, parts: Mapping[str, int], owner: str, file: str | None, remedy: str) -> None:
    needed = sum(parts.values())
    if needed > available:
        detail = ", ".join(f"{name} {count:,}" for name, count in parts.items() if count)
        raise AreniteError(
            f"needs {needed:,} bytes of {kind} ({detail}), {owner} has {available:,}: {needed - available:,} too few",
            file=file,
            remedy=remedy,
        )
