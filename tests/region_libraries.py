"""Libraries of generated projects inside this process: handed memory of Python's own, region by region."""

from __future__ import annotations

import ctypes
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from arenite.codegen.description import Array, ProjectDescription, read_description
from arenite.regions.model import Region
from arenite.regions.request import RegionRequest

TWO = RegionRequest((Region("DTCM", 6144, 0x20000000), Region("SRAM", 1 << 20)), (("t14", "SRAM"),))
"""Pinned to the slow region is a tensor of branchy_cell."""
FORMS: dict[str, dict[str, Any]] = {
    "regions": {"regions": TWO},
    "caller": {"io_memory": "caller"},
    "both": {"regions": TWO, "io_memory": "caller"},
}

GUARD = 64
VALUE = 0xC5


@dataclass(eq=False)
class Memory:
    """``bytes`` between guards, aligned to ``alignment`` and to no more."""

    bytes: int
    alignment: int
    offset: int = 0
    whole: Array = field(init=False)

    def __post_init__(self) -> None:
        self.whole = np.full(self.bytes + 2 * GUARD + 3 * self.alignment, VALUE, np.uint8)
        base = self.whole.ctypes.data + GUARD
        while base % (2 * self.alignment) != self.alignment % (2 * self.alignment):
            base += 1
        self.start = base - self.whole.ctypes.data + self.offset

    @property
    def address(self) -> int:
        return int(self.whole.ctypes.data) + self.start

    @property
    def inside(self) -> Array:
        return self.whole[self.start : self.start + self.bytes]

    @property
    def intact(self) -> bool:
        """Whether nothing was written around it."""
        around = np.concatenate([self.whole[: self.start], self.whole[self.start + self.bytes :]])
        return bool((around == VALUE).all())


def shared_library(project: Path, *flags: str) -> ctypes.CDLL:
    """All of a project's C in one shared library."""
    file = project.parent / f"{project.name}.so"
    sources = sorted((project / "codegen/host/src").glob("*.c"))
    subprocess.run(
        ["cc", "-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", *flags,
         f"-I{project / 'codegen/host/include'}", *map(str, sources), "-lm", "-o", str(file)],
        check=True,
    )  # fmt: skip
    return ctypes.CDLL(str(file))


@dataclass(frozen=True, eq=False)
class Library:
    """A project's run function. ``pools`` are named as in C."""

    project: Path
    description: ProjectDescription
    library: Any

    @classmethod
    def of(cls, project: Path, *flags: str) -> Library:
        return cls(project, read_description(project), shared_library(project, *flags))

    @property
    def header(self) -> str:
        return (self.project / f"codegen/host/include/tvmgen_{self.description.name}.h").read_text()

    def macro(self, name: str) -> int:
        prefix = f"#define TVMGEN_{self.description.name.upper()}_{name} "
        (line,) = (line for line in self.header.splitlines() if line.startswith(prefix))
        return int(line.removeprefix(prefix).split()[0].strip("()"))

    def _function(self, name: str) -> Any:
        return getattr(self.library, f"tvmgen_{self.description.name}_{name}")

    def run(self, *arguments: Sequence[int] | None) -> int:
        """Status of the run function; each argument is a struct of these addresses, or 0."""
        return int(self._function("run")(*(None if one is None else _pointers(one) for one in arguments)))

    def run_mapped(self, inputs: Sequence[Array], pools: Mapping[str, int] | None) -> tuple[int, list[Array]]:
        """Status and outputs of a library that maps its inputs and outputs. ``pools``: addresses; None for 0."""
        table = _pointers(pools.values()) if pools is not None else None
        ports = self.description.inputs
        for address, array, port in zip(self._mapped("map_inputs", len(ports), table), inputs, ports, strict=True):
            assert array.nbytes == port.bytes
            ctypes.memmove(address, array.tobytes(), port.bytes)
        status = self._function("run")(table)
        addresses = self._mapped("map_outputs", len(self.description.outputs), table)
        return status, [
            np.frombuffer(ctypes.string_at(address, port.bytes), port.dtype).reshape(port.shape)
            for address, port in zip(addresses, self.description.outputs, strict=True)
        ]

    def _mapped(self, name: str, count: int, table: Any) -> list[int]:
        struct = type(name, (ctypes.Structure,), {"_fields_": [(f"p{i}", ctypes.c_void_p) for i in range(count)]})
        function = self._function(name)
        function.restype = struct
        found = function(table)
        return [getattr(found, f"p{i}") for i in range(count)]


def _pointers(addresses: Any) -> Any:
    values = list(addresses)
    return (ctypes.c_void_p * max(len(values), 1))(*(value or None for value in values))
