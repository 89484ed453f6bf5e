"""The memory that the run function is handed: one workspace, or one for each memory region."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from arenite.codegen.program import STATE, Place, Port, Program
from arenite.frontends.c_names import unique_c_name
from arenite.passes.memory_request import PlannedRegion


@dataclass(frozen=True)
class WorkspacePool:
    """``bytes`` of the arena from ``start`` on, counted as in the offsets of places. ``c_name``: member of the struct
    of pools. ``present``: the run function needs it. ``region``: None for the only workspace of a program without
    memory regions."""

    c_name: str
    start: int
    bytes: int
    alignment: int
    present: bool
    region: PlannedRegion | None = None

    @property
    def prefix(self) -> str:
        """What stands before ``workspace`` in the names that belong to this pool."""
        return f"{self.c_name}_" if self.region else ""

    @property
    def arena(self) -> str:
        """C variable that points to its first byte."""
        return f"{self.prefix}arena"

    @property
    def section_macro(self) -> str:
        """End of the name of the macro that says in which section the library's own array lies."""
        return f"{self.prefix.upper()}SECTION" if self.region else "ARENA_SECTION"

    def holds(self, place: Place) -> bool:
        return (
            place.port is None and self.start <= place.offset <= place.offset + place.bytes <= self.start + self.bytes
        )


def workspace_pools(program: Program) -> tuple[WorkspacePool, ...]:
    """The pools of a program, in the order of its regions; their names in C differ."""
    if not program.regions:
        # Even if nothing lies in it, what maps inputs and outputs gives pointers to it.
        present = program.arena_bytes > 0 or program.io_memory == "arena"
        return (WorkspacePool("sram", 0, program.arena_bytes, program.alignment, present),)
    taken = {STATE, "weights"} if program.states else {"weights"}  # which have sections of their own
    return tuple(
        WorkspacePool(
            unique_c_name(region.name, taken), region.start, region.used_bytes, region.alignment,
            region.used_bytes > 0, region,
        )
        for region in program.regions
    )  # fmt: skip


def pools_of(pools: Sequence[WorkspacePool], ports: Iterable[Port]) -> list[WorkspacePool]:
    """The pools that ``ports`` lie in; the only workspace in any case."""
    places = [port.place for port in ports]
    return [
        pool for pool in pools if pool.region is None or (pool.bytes and any(pool.holds(place) for place in places))
    ]  # fmt: skip


def address(pools: Sequence[WorkspacePool], place: Place) -> str:
    """C expression for the first byte of a tensor, where the variables of pools and ports are in scope."""
    if place.port is not None:
        return place.port
    for pool in pools:
        if pool.present and (pool.region is None or pool.holds(place)):
            return f"{pool.arena} + {place.offset - pool.start}"
    return "(uint8_t *)0"  # a tensor without bytes, when nothing else lies in memory either
