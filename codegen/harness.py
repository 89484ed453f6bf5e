"""The files that every generated project carries in ``harness/`` beside its ``model.h``, verbatim."""

from __future__ import annotations

from importlib import resources

HARNESS_FILES = (
    "arm-none-eabi.cmake",
    "board.ld",
    "boards.cmake",
    "harness.c",
    "harness.h",
    "host.c",
    "semihosting.c",
    "semihosting.h",
    "start.c",
)


def harness_files() -> dict[str, str]:
    """Name -> text of each file that belongs into a project's ``harness/``."""
    folder = resources.files("arenite.cmake")
    return {name: (folder / name).read_text(encoding="utf-8") for name in HARNESS_FILES}
