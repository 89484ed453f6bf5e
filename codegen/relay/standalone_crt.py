"""TVM's standalone C runtime, as far as C with a planned workspace needs it: a few headers of arenite's own.

A project carries them, so that it builds without TVM. A TVM that was installed without its runtime (the wheels of the
last versions with Relay) borrows them for its export of Model Library Format.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

HEADERS = {
    "dlpack/dlpack.h": "dlpack.h",
    "tvm/runtime/c_backend_api.h": "c_backend_api.h",
    "tvm/runtime/c_runtime_api.h": "c_runtime_api.h",
    "tvm/runtime/crt/error_codes.h": "error_codes.h",
}
"""As C includes them -> name in ``arenite.cmake.tvm``."""
TEMPLATES = ("crt_config.h.template", "platform.c.template")
"""What TVM's exporter puts into an archive beside the runtime."""


def crt_headers() -> dict[str, str]:
    """Path as C includes it -> text."""
    folder = resources.files("arenite.cmake.tvm")
    return {path: (folder / name).read_text(encoding="utf-8") for path, name in HEADERS.items()}


@contextmanager
def lent_crt() -> Iterator[None]:
    """While it is open, TVM's ``export_model_library_format`` and ``generate_project`` work also where TVM was
    installed without ``standalone_crt``: they find arenite's headers instead. A TVM that has its own keeps to it."""
    from arenite.relay_compat import import_micro

    micro = import_micro()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="arenite-crt-")))
        if not _found(micro.get_standalone_crt_dir):
            runtime = folder / "standalone_crt"
            _write(runtime / "include", crt_headers())
            stack.enter_context(_replaced(micro.build, "STANDALONE_CRT_DIR", str(runtime)))
        if not _found(lambda: micro.get_microtvm_template_projects("crt")):
            templates = resources.files("arenite.cmake.tvm")
            project = folder / "crt"
            _write(project / "templates", {name: (templates / name).read_text(encoding="utf-8") for name in TEMPLATES})
            exporter = micro.model_library_format
            replacement = _replaced(exporter, "get_microtvm_template_projects", lambda _platform: str(project))
            stack.enter_context(replacement)
        yield


@contextmanager
def _replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    kept = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, kept)


def export_model_library_format(library: Any, path: str | Path) -> Path:
    """Write what ``relay.build`` returned as a Model Library Format archive (tar), with the user's TVM.

    Returns:
        ``path``.
    """
    from arenite.relay_compat import import_micro

    with lent_crt():
        import_micro().export_model_library_format(library, str(path))
    return Path(path)


def _found(find: Any) -> bool:
    from arenite.relay_compat import import_micro

    build = import_micro().build
    try:
        find()
    except (build.CrtNotFoundError, build.MicroTVMTemplateProjectNotFoundError):
        return False
    return True


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
