"""Build solvers.wasm: `python -m arenite.native.build [OUTPUT]`, with clang and wasm-ld (its linker).

The record beside the module says which sources it was built from, and by which compiler: a test fails if the sources
have changed since.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

from arenite.native import MODULE

RECORD = MODULE.with_suffix(".json")
FLAGS = (
    *("--target=wasm32", "-std=c99", "-O3", "-fwrapv", "-nostdlib", "-ffreestanding"),
    *("-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wl,--no-entry", "-Wl,--strip-all"),
)


def sources() -> list[Path]:
    """The C files and headers."""
    return sorted([*MODULE.parent.glob("*.c"), *MODULE.parent.glob("*.h")])


def digest() -> str:
    """SHA-256 of what the module is made from: names and contents of the sources, and the flags."""
    sha = hashlib.sha256(" ".join(FLAGS).encode())
    for path in sources():
        sha.update(f"\n{path.name}\n".encode() + path.read_bytes())
    return sha.hexdigest()


def compiler() -> str:
    """The first line of `clang --version`; empty if clang or wasm-ld is missing."""
    if shutil.which("clang") is None or shutil.which("wasm-ld") is None:
        return ""
    done = subprocess.run(["clang", "--version"], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[0]


def build(output: Path) -> None:
    """Compile and link the module. Paths are relative, so that the same compiler makes the same bytes anywhere.

    Raises:
        subprocess.CalledProcessError: the sources do not compile.
    """
    names = [path.name for path in sources() if path.suffix == ".c"]
    subprocess.run(["clang", *FLAGS, "-o", str(output.resolve()), *names], cwd=MODULE.parent, check=True)
    output.chmod(0o644)


def main() -> int:
    found = compiler()
    if not found:
        print("clang and wasm-ld are needed; on Debian: apt-get install clang lld", file=sys.stderr)
        return 1
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else MODULE
    build(output)
    if output == MODULE:
        module = hashlib.sha256(MODULE.read_bytes()).hexdigest()
        record = {"sources": digest(), "module": module, "compiler": found}
        RECORD.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    print(f"built {output}, {output.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
