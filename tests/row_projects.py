"""Generated C of models in memory, loaded into this process: run whole or row by row, in memory between guards."""

from __future__ import annotations

import ctypes
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from region_libraries import Memory

from arenite.codegen.description import Array
from arenite.codegen.emit import emit
from arenite.codegen.host import host_library
from arenite.codegen.program import Port, Program

WARNINGS = ("-Wall", "-Wextra", "-Wconversion", "-Werror")


class Stream(ctypes.Structure):
    """``struct tvmgen_<name>_stream``."""

    _fields_ = (("arena", ctypes.c_void_p), ("next_row", ctypes.c_int32), ("entry", ctypes.c_int32))


def write_library(program: Program, directory: Path) -> list[Path]:
    """The C files that are this program's own."""
    files = emit(program)
    for name, text in files.items():
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    prefix = f"codegen/host/src/tvmgen_{program.name}"
    return [directory / f"{prefix}.c", directory / f"{prefix}_parameters.c"]


@dataclass(frozen=True, eq=False)
class RowLibrary:
    """A program's C; the kernels come from the host library."""

    program: Program
    library: Any

    @classmethod
    def of(cls, program: Program, directory: Path, *flags: str) -> RowLibrary:
        file = directory / "library.so"
        sources = write_library(program, directory)
        kernels = host_library()
        subprocess.run(
            ["cc", "-std=c99", "-O1", *WARNINGS, *flags, "-fPIC", "-shared", f"-I{directory / 'codegen/host/include'}",
             *map(str, sources), str(kernels), f"-Wl,-rpath,{kernels.parent}", "-lm", "-o", str(file)],
            check=True,
        )  # fmt: skip
        return cls(program, ctypes.CDLL(str(file)))

    def function(self, name: str) -> Any:
        return getattr(self.library, f"tvmgen_{self.program.name}_{name}")

    def memory(self) -> Memory:
        memory = Memory(self.program.arena_bytes, self.program.alignment)
        memory.inside[:] = 0x5A
        return memory

    def compute(self, inputs: Sequence[Array]) -> list[Array]:
        """One inference in memory full of rubbish."""
        memory = self.memory()
        pools = (ctypes.c_void_p * 1)(memory.address)
        if self.program.stream:
            stream = Stream()
            assert self.function("reset")(ctypes.byref(stream), pools) == 0
            for row, data in enumerate(self.rows(inputs[0])):
                assert self.push(stream, row, data) == 0
        else:
            for address, array in zip(self._mapped("map_inputs", self.program.inputs, pools), inputs, strict=True):
                ctypes.memmove(address, np.ascontiguousarray(array).ctypes.data, array.nbytes)
            assert self.function("run")(pools) == 0
        assert memory.intact, "written outside of the arena"
        return self.outputs(pools)

    def rows(self, image: Array) -> list[bytes]:
        data = np.ascontiguousarray(image).tobytes()
        size = len(data) // self.program.rows_pushed
        return [data[at : at + size] for at in range(0, len(data), size)]

    def push(self, stream: Stream, row: int, data: bytes | None) -> int:
        """From memory that is overwritten as soon as the call has returned."""
        kept = None if data is None else ctypes.create_string_buffer(data, len(data))
        status = int(self.function("push_row")(ctypes.byref(stream), row, kept))
        if kept is not None:
            ctypes.memset(kept, 0xA5, len(kept))
        return status

    def outputs(self, pools: Any) -> list[Array]:
        found = []
        for address, port in zip(
            self._mapped("map_outputs", self.program.outputs, pools), self.program.outputs, strict=True
        ):
            data = ctypes.string_at(address, port.place.bytes)
            found.append(np.frombuffer(data, port.place.dtype).reshape(port.place.shape))
        return found

    def _mapped(self, name: str, ports: Sequence[Port], pools: Any) -> list[int]:
        struct = type(name, (ctypes.Structure,), {"_fields_": [(f"p{i}", ctypes.c_void_p) for i in range(len(ports))]})
        function = self.function(name)
        function.restype = struct
        found = function(pools)
        return [getattr(found, f"p{i}") for i in range(len(ports))]
