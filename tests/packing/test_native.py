"""The compiled module is that of the sources beside it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from arenite.graph import Block, Problem
from arenite.native import MODULE, Solvers, build
from arenite.packing.items import prepare
from arenite.packing.layouts import Layouts

RECORD: dict[str, str] = json.loads(build.RECORD.read_text(encoding="utf-8"))


def test_module_was_built_from_these_sources() -> None:
    assert RECORD["sources"] == build.digest(), "the C files have changed: run `make native`"
    assert RECORD["module"] == hashlib.sha256(MODULE.read_bytes()).hexdigest()


def test_sources_compile_to_the_module(tmp_path: Path) -> None:
    found = build.compiler()
    if found != RECORD["compiler"]:
        pytest.skip(f"the module was built by {RECORD['compiler']} with wasm-ld; here is {found or 'no such compiler'}")
    build.build(tmp_path / "solvers.wasm")
    assert (tmp_path / "solvers.wasm").read_bytes() == MODULE.read_bytes()


def test_module_needs_nothing_from_outside() -> None:
    import wasmtime

    module = wasmtime.Module.from_file(wasmtime.Engine(), str(MODULE))
    assert not module.imports


def test_numbers_go_in_and_out() -> None:
    solvers = Solvers()
    numbers = [0, -1, 2**31 - 1, -(2**31)]
    first, second = solvers.put(numbers), solvers.put([])
    assert first % 16 == second % 16 == 0
    assert first < second
    assert solvers.get(first, 4) == numbers
    solvers.write(first + 4, [7])
    assert solvers.get(first, 2) == [0, 7]
    assert not any(solvers.get(solvers.reserve(1 << 20), 1 << 18))


def test_layouts_beyond_two_gigabytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Layouts with many barriers are that large. Nothing is touched below them here, so that they take no memory."""

    class UpperHalf(Solvers):
        def __init__(self) -> None:
            super().__init__()
            for _ in range(2):
                self.reserve(1 << 30)

    packing = prepare(Problem(tuple(Block(f"b{n}", 16 + n, n, n + 2) for n in range(40))))
    order = list(range(40))
    usual = Layouts(packing)
    end = usual.place(order)
    monkeypatch.setattr("arenite.packing.layouts.Solvers", UpperHalf)
    try:
        upper = Layouts(packing)
    except MemoryError:
        pytest.skip("there is no address space for it")
    assert (upper.place(order), upper.offsets()) == (end, usual.offsets())


def test_memory_that_runs_out_is_an_error() -> None:
    solvers = Solvers()
    with pytest.raises(MemoryError, match="reserve"):
        solvers.reserve((1 << 31) - 1)


def test_solvers_run_where_address_space_is_limited() -> None:
    resource = pytest.importorskip("resource", reason="no limits on address space here")
    most = resource.getrlimit(resource.RLIMIT_AS)[1]
    limit = 1 << 31 if most == resource.RLIM_INFINITY else min(most, 1 << 31)
    program = f"""
import resource
resource.setrlimit(resource.RLIMIT_AS, ({limit}, {limit}))
from arenite.native import Solvers
solvers = Solvers()
print(solvers.get(solvers.put([3, 4]), 2))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[3, 4]\n", "")


def test_nothing_is_said_when_the_interpreter_ends() -> None:
    program = "from arenite.native import Solvers; Solvers()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == done.stderr == ""
