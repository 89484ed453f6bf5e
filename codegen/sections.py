"""Linker sections that a project's weights and its static workspace are put into."""

from __future__ import annotations

import re
from dataclasses import dataclass

from arenite.errors import AreniteError

NAME = re.compile(r"[A-Za-z_.$][A-Za-z0-9_.$,-]*")


@dataclass(frozen=True)
class Sections:
    """Their names; None where the linker decides."""

    weights: str | None = None
    arena: str | None = None


ANYWHERE = Sections()


def check_sections(sections: Sections, *, has_regions: bool) -> None:
    """Raises AreniteError for what no linker takes, and where other macros say it."""
    for option, name in (("--weights-section", sections.weights), ("--arena-section", sections.arena)):
        if name is not None and not NAME.fullmatch(name):
            raise AreniteError(f"{name!r} is not the name of a section", remedy=f"give {option} one such as .extflash")
    if sections.arena is not None and sections.arena == sections.weights:
        raise AreniteError(
            f"weights, which are constant, and the arena cannot both lie in {sections.arena}",
            remedy="give --weights-section and --arena-section different names",
        )
    if sections.arena is not None and has_regions:
        raise AreniteError(
            "--arena-section is for an arena in one piece",
            remedy="define TVMGEN_<NAME>_<REGION>_SECTION for each region when the library is built",
        )
