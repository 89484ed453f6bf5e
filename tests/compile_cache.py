"""A compiler launcher for CMake: the kernels are compiled once in a test run, not anew for each project.

``compile_cache.py DIRECTORY COMPILER ARGUMENT...`` does what the compiler does. An object is taken from the directory
if the same compiler made it with the same options from the same preprocessed text and had nothing to say about it.

Small kernels compile in 40 ms, so nothing is imported that takes long: neither ``subprocess`` nor ``re``.
"""

from __future__ import annotations

import hashlib
import os
import sys

PATHS = ("-o", "-MF", "-MT", "-MQ", "-I", "-isystem", "-D")
"""Options whose value is a place, or stands in the preprocessed text."""


def main(directory: str, compiler: str, *options: str) -> int:
    command = [compiler, *options]
    if options.count("-c") != 1 or options.count("-o") != 1 or not os.path.isabs(compiler):
        return _run(command)
    place = options.index("-o") + 1
    output = options[place]
    text, said = (f"{output}.{os.getpid()}.{kind}" for kind in ("text", "said"))
    try:
        # With -MD, this writes the list of headers, too.
        preprocess = [text if at == place else option for at, option in enumerate(options) if option != "-c"]
        if _run([compiler, *preprocess, "-E"], said):
            return _run(command)
        known = os.path.join(directory, _key(compiler, options, _read(text)))
        if os.path.exists(known):
            _write(output, _read(known))
            return 0
        status = _run(command, said)
        words = _read(said)
        sys.stderr.buffer.write(words)
        if not status and not words:
            fresh = f"{known}.{os.getpid()}"
            _write(fresh, _read(output))
            os.replace(fresh, known)
        return status
    finally:
        for file in (text, said):
            if os.path.exists(file):
                os.remove(file)


def _key(compiler: str, options: tuple[str, ...], text: bytes) -> str:
    """Equal if the objects are, but for the directories that debuggers read of."""
    kept = []
    skipped = False
    for option in options:
        if not skipped and not option.startswith(("-I", "-D")) and option not in PATHS and not option.endswith(".c"):
            kept.append(option)
        skipped = option in PATHS
    made = os.stat(compiler)
    digest = hashlib.sha256("\0".join((compiler, str(made.st_mtime_ns), str(made.st_size), *kept, "")).encode())
    digest.update(b"\n".join(_without_directory(line) if line[:2] == b"# " else line for line in text.split(b"\n")))
    return digest.hexdigest()


def _without_directory(line: bytes) -> bytes:
    """A line that says in which file the next one stands."""
    head, _, rest = line.partition(b'"')
    return head + rest[rest.rfind(b"/") + 1 :]


def _run(command: list[str], said: str = "") -> int:
    """The status of a command; what it says goes to a file, if one is named."""
    create = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [(os.POSIX_SPAWN_OPEN, stream, said, create, 0o600) for stream in (1, 2)] if said else []
    _, status = os.waitpid(os.posix_spawnp(command[0], command, os.environ, file_actions=actions), 0)
    return os.waitstatus_to_exitcode(status)


def _read(file: str) -> bytes:
    with open(file, "rb") as stream:
        return stream.read()


def _write(file: str, data: bytes) -> None:
    with open(file, "wb") as stream:
        stream.write(data)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
