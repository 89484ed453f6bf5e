"""Calling programs that are not ours: each one that is missing, fails or hangs becomes a ToolError."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from arenite.errors import ToolError

LOG_LINES = 40


def cache_directory() -> Path:
    """Where compiled helpers are kept between runs; created when missing."""
    base = os.environ.get("XDG_CACHE_HOME")
    directory = (Path(base) if base else Path.home() / ".cache") / "arenite"
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ToolError(f"cannot create {directory}: {error.strerror}", remedy="set XDG_CACHE_HOME") from error
    return directory


def find_program(name: str, remedy: str) -> str:
    """Path of a program.

    Raises:
        ToolError: it is not on PATH; ``remedy`` says what to install.
    """
    path = shutil.which(name)
    if path is None:
        raise ToolError(f"{name} was not found", remedy=remedy)
    return path


def log_tail(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return "\n".join(lines[-LOG_LINES:])


def run_program(
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    timeout: float = 600,
    environment: Mapping[str, str] | None = None,
    remedy: str | None = None,
) -> str:
    """Runs a program to its end and returns what it printed (both streams, interleaved).

    Args:
        timeout: seconds.
        environment: variables set in addition to the inherited ones.

    Raises:
        ToolError: it could not be started, took too long, or ended with another status than 0; the message ends with
            the last lines of its output.
    """
    name = Path(command[0]).name
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            timeout=timeout,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    except OSError as error:
        raise ToolError(f"{name} could not be started: {error.strerror}", remedy=remedy) from error
    except subprocess.TimeoutExpired as error:
        output = log_tail((error.stdout or b"").decode(errors="replace"))
        raise ToolError(f"{name} did not finish within {timeout:g} s" + (f"\n{output}" if output else "")) from error
    output = done.stdout.decode(errors="replace")
    if done.returncode != 0:
        ending = f"status {done.returncode}" if done.returncode > 0 else f"signal {-done.returncode}"
        raise ToolError(f"{name} ended with {ending}\n{log_tail(output)}", remedy=remedy)
    return output
