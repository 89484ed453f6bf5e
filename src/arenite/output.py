"""Where results go: files that appear complete or not at all, and a standard output that holds nothing but JSON."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path

from arenite.errors import AreniteError


def check_target(target: str, *, never: str) -> None:
    """Refuses, before any work is done, a file that cannot be written or that is the model ``never`` itself."""
    path = Path(target)
    if path.is_dir():
        raise AreniteError("is a directory", file=target, remedy="name a file")
    if not path.parent.is_dir():
        raise AreniteError("its directory does not exist", file=target, remedy=f"create {path.parent}")
    if path.exists() and Path(never).exists() and path.samefile(never):
        raise AreniteError("would be written over the model", file=target, remedy="name another file")


def same_target(one: str, other: str) -> bool:
    """Whether both names mean one file, however they are spelt, be it there yet or not."""
    return os.path.realpath(one) == os.path.realpath(other)


def write_file(target: str, content: str | bytes) -> None:
    """``write_files`` for a single one."""
    write_files({target: content})


def write_files(contents: Mapping[str, str | bytes]) -> None:
    """Writes all files, or none if one of them cannot be written. Text becomes UTF-8.

    Each goes into a temporary file beside its target first, so that nobody ever sees half of it.
    Raises AreniteError that names the file.
    """
    staged: dict[str, str] = {}
    target = ""
    try:
        for target, content in contents.items():
            data = content if isinstance(content, bytes) else content.encode("utf-8", "replace")
            if Path(target).exists() and not Path(target).is_file():  # a device or a pipe, not to be replaced by a file
                Path(target).write_bytes(data)
            else:
                staged[target] = _stage(Path(os.path.realpath(target)), data)
        for target in list(staged):
            os.replace(staged[target], os.path.realpath(target))
            del staged[target]
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        reason = error.strerror or str(error)
        raise AreniteError(f"cannot be written: {reason}", file=target, remedy="name another file") from None
    finally:
        for temporary in staged.values():
            with suppress(OSError):
                os.unlink(temporary)


def _stage(path: Path, data: bytes) -> str:
    """Writes a temporary file in the directory of ``path`` and returns its name."""
    descriptor, temporary = tempfile.mkstemp(prefix=".arenite.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    return temporary


def json_text(result: Mapping[str, object]) -> str:
    """One JSON object, ASCII only and with a line feed at the end; NaN and infinity are refused."""
    return json.dumps(result, indent=1, allow_nan=False) + "\n"


@contextmanager
def quiet_stdout() -> Iterator[None]:
    """Sends to standard error what this process, its libraries and its children would print on standard output."""
    sys.stdout.flush()
    with redirect_stdout(sys.stderr):
        try:
            kept = os.dup(1)
        except OSError:  # standard output is closed: there is nothing to protect
            yield
            return
        try:
            os.dup2(2, 1)
            yield
        finally:
            sys.stderr.flush()
            os.dup2(kept, 1)
            os.close(kept)
