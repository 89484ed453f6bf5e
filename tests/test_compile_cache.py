"""What the tests' compiler launcher takes from its directory is what the compiler would make."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LAUNCHER = Path(__file__).with_name("compile_cache.py")
CC = shutil.which("cc")
pytestmark = [
    pytest.mark.skipif(CC is None, reason="needs cc"),
    pytest.mark.skipif(not hasattr(os, "posix_spawn"), reason="needs posix_spawn"),
]


class Place:
    """A directory of objects, and one of sources."""

    def __init__(self, directory: Path) -> None:
        self.objects, self.sources = directory / "objects", directory / "sources"
        self.objects.mkdir()

    def compiled(self, text: str, *options: str, where: str = "one") -> tuple[int, str, bytes]:
        """Status, what the compiler said, and the object."""
        source = self.sources / where / "source.c"
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(text)
        made = source.with_suffix(".o")
        made.unlink(missing_ok=True)
        launcher = [sys.executable, "-I", "-S", str(LAUNCHER), str(self.objects), str(CC)]
        done = subprocess.run(
            [*launcher, *options, "-MD", "-MF", f"{made}.d", "-c", str(source), "-o", str(made)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if not done.returncode:
            assert str(source) in Path(f"{made}.d").read_text()
        assert not [file for file in source.parent.iterdir() if file.suffix in (".text", ".said")]
        return done.returncode, done.stderr, made.read_bytes() if made.exists() else b""

    @property
    def kept(self) -> int:
        return len(list(self.objects.iterdir()))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_an_object_is_kept_and_found_again(place: Place) -> None:
    first = place.compiled("int f(void) { return 3; }\n", "-O2")
    assert first[:2] == (0, "")
    assert place.kept == 1
    (kept,) = place.objects.iterdir()
    kept.write_bytes(b"kept")
    assert place.compiled("int f(void) { return 3; }\n", "-O2", where="two") == (0, "", b"kept")


def test_other_text_options_and_definitions_are_other_objects(place: Place) -> None:
    requests = [("3", "-O2"), ("4", "-O2"), ("3", "-O0"), ("N", "-O2", "-DN=5"), ("N", "-O2", "-DN=6")]
    objects = {place.compiled(f"int f(void) {{ return {value}; }}\n", *options)[2] for value, *options in requests}
    assert len(objects) == place.kept == len(requests)


def test_what_the_compiler_says_is_said_each_time(place: Place) -> None:
    for _ in range(2):
        status, said, made = place.compiled("int f(void) { int unused; return 3; }\n", "-Wall")
        assert status == 0
        assert "unused" in said
        assert made
        status, said, _ = place.compiled("int f(void) { return }\n")
        assert status == 1
        assert "error" in said
        status, said, _ = place.compiled('#include "absent.h"\n')
        assert status == 1
        assert said.count("absent.h: No such file") == 1
    assert place.kept == 0
