"""Solvers in C: one WebAssembly module, shipped compiled, run by wasmtime at native speed.

`python -m arenite.native.build` makes ``solvers.wasm`` from the C files beside it. Nobody who installs arenite needs a
compiler, and wasmtime is not imported before a search really begins.
"""

from __future__ import annotations

import atexit
from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import wasmtime

MODULE = Path(__file__).with_name("solvers.wasm")
ADDRESS = 0xFFFF_FFFF
"""All bits of an address. As the number that a function returns, one in the upper half of memory is negative, which
wasmtime's memory counts from its end, as slices do."""


@cache
def _compiled(sparing: bool) -> tuple[wasmtime.Engine, wasmtime.Module]:
    """``sparing``: without the gigabytes of address space that wasmtime reserves for speed, though it never fills them:
    where they are limited (``ulimit -v``), there is no other way."""
    import wasmtime

    # Nothing of wasmtime may be left for the end of the interpreter, when its destructors no longer work.
    atexit.register(_compiled.cache_clear)
    config = wasmtime.Config()
    if sparing:
        config.memory_reservation = 0
        config.memory_reservation_for_growth = 0
        config.memory_guard_size = 0
    engine = wasmtime.Engine(config)
    return engine, wasmtime.Module.from_file(engine, str(MODULE))


def _instance() -> tuple[wasmtime.Store, wasmtime.Instance]:
    import wasmtime

    for sparing in (False, True):
        try:
            engine, module = _compiled(sparing)
            store = wasmtime.Store(engine)
            return store, wasmtime.Instance(store, module, [])
        except wasmtime.WasmtimeError as error:
            reason = error
    raise MemoryError("there is no memory for the solvers") from reason


class Solvers:
    """An instance of the module, with a memory of its own that is released with the instance.

    Raises MemoryError where there is not enough for it.

    Addresses are numbers, as C functions take and return them. A function that returns a pointer returns 0 where memory
    has run out; ``call`` raises MemoryError for it if told that 0 means that.
    """

    def __init__(self) -> None:
        import wasmtime

        self._store, instance = _instance()
        self._exports = instance.exports(self._store)
        memory = self._exports["memory"]
        assert isinstance(memory, wasmtime.Memory)
        self._memory = memory

    def call(self, function: str, *arguments: int, pointer: bool = False) -> int:
        """The 32-bit result of an exported function, 0 if it has none."""
        import wasmtime

        callee = self._exports[function]
        assert isinstance(callee, wasmtime.Func)
        result = callee(self._store, *arguments)
        if pointer and not result:
            raise MemoryError(f"{function}: the solver is out of memory")
        return int(result or 0)

    def reserve(self, size: int) -> int:
        """The address of ``size`` zeroed bytes."""
        return self.call("reserve", size, pointer=True)

    def put(self, values: Sequence[int] | npt.NDArray[np.int32]) -> int:
        """The address of a copy of ``values``: 32-bit integers."""
        data = np.asarray(values, dtype="<i4")
        address = self.reserve(max(data.nbytes, 4))
        self.write(address, data)
        return address

    def put_all(self, *sequences: Sequence[int]) -> list[int]:
        """``put`` of each of them, at once: what takes time is to enter the module."""
        starts = [0, *accumulate(map(len, sequences))]
        address = self.put([value for values in sequences for value in values])
        return [address + 4 * start for start in starts[:-1]]

    def write(self, address: int, values: Sequence[int] | npt.NDArray[np.int32]) -> None:
        """Overwrite what lies at ``address`` with ``values``: 32-bit integers."""
        self._memory.write(self._store, np.asarray(values, dtype="<i4").tobytes(), address & ADDRESS)

    def get(self, address: int, count: int) -> list[int]:
        """``count`` 32-bit integers from ``address`` on."""
        begin = address & ADDRESS
        data = self._memory.read(self._store, begin, begin + 4 * count)
        return [int(value) for value in np.frombuffer(data, dtype="<i4")]
