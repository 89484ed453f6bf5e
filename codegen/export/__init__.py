"""Compiled projects in the forms that other build systems take: one file per form, from the same set of models."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from arenite.codegen.export.arduino import arduino_files
from arenite.codegen.export.models import ExportedModels, read_projects
from arenite.codegen.export.shared_arena import with_shared_arena
from arenite.codegen.export.zephyr import zephyr_files
from arenite.codegen.project import write_project
from arenite.errors import AreniteError

FORMS: Mapping[str, Callable[[ExportedModels, str], dict[str, str]]] = {
    "arduino": arduino_files,
    "zephyr": zephyr_files,
}


def export_projects(
    projects: Sequence[Path], form: str, directory: Path, name: str | None = None, *, share_arena: bool = False
) -> dict[str, object]:
    """Writes projects of ``arenite compile`` as one library, kernels once, and says what was written.

    Args:
        form: a key of ``FORMS``.
        name: of the library; by default ``arenite_`` and the name of the first model.
        share_arena: models have one arena in which they take turns.

    Raises:
        AreniteError: as ``read_projects`` and ``with_shared_arena``, for a name that C would not take, or if
            ``directory`` cannot be written.
    """
    library = read_projects(projects)
    chosen = name or f"arenite_{library.models[0].name}"
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", chosen) or f"{chosen}.h" in {**library.headers, **library.sources}:
        raise AreniteError(
            f"cannot be the name of the library: {chosen}",
            remedy="choose letters, digits and underscores, and not the name of a kernel or a model's header",
        )
    if share_arena:
        library = with_shared_arena(library, chosen)
    files = FORMS[form](library, chosen)
    write_project(files, directory)
    models = [model.name for model in library.models]
    return {"library": str(directory), "form": form, "name": chosen, "models": models, "files": sorted(files)}
