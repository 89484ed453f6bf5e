"""One arena for all models of an exported library, which then take turns in it."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources

from arenite.codegen.export.models import ExportedModel, ExportedModels
from arenite.errors import AreniteError


def with_shared_arena(library: ExportedModels, name: str) -> ExportedModels:
    """The library with the array ``<name>_arena``, as large as its largest arena, in place of an array for each model.

    Raises:
        AreniteError: it has a single model, or one of which the arena is divided into memory regions.
    """
    if len(library.models) < 2:
        raise AreniteError("one model shares its arena with no other", remedy="leave out --share-arena")
    for model in library.models:
        if _has_regions(model):
            raise AreniteError(
                f"the arena of {model.name} is divided into memory regions",
                remedy="hand in its memory, and export it apart from those that share an arena",
            )
    array = f"{name}_arena"
    file = f"{array}.c"
    headers = dict(library.headers)
    for model in library.models:
        macro = f"{model.prefix.upper()}_SHARED_ARENA"
        guard = f"#define {model.prefix.upper()}_H\n"
        named = f"\n/* Of all models of {name}. */\n#ifndef {macro}\n#define {macro} {array}\n#endif\n"
        headers[model.header] = headers[model.header].replace(guard, guard + named, 1)
    return ExportedModels(
        tuple(replace(model, sources=(*model.sources, file)) for model in library.models),
        headers,
        {**library.sources, file: _array(library, array)},
    )


def _has_regions(model: ExportedModel) -> bool:
    sizes = (f"{model.prefix}_{member}_workspace_size".upper() for member in model.interface.pool_members)
    return any(f"#define {size} " in model.interface.text for size in sizes)


def _array(library: ExportedModels, array: str) -> str:
    """The text that arenite_share_arena of CMake fills in, too."""
    size = alignment = "1"
    for model in library.models:
        size = f"LARGER({model.prefix.upper()}_WORKSPACE_SIZE, {size})"
        alignment = f"LARGER({model.prefix.upper()}_WORKSPACE_ALIGNMENT, {alignment})"
    values = {
        "includes": "\n".join(f'#include "{model.header}"' for model in library.models),
        "size": size,
        "alignment": alignment,
        "name": array,
        "NAME": array.upper(),
        "section": f"{library.models[0].prefix.upper()}_SECTION",
    }
    text = (resources.files("arenite.cmake") / "shared_arena.c.in").read_text(encoding="utf-8")
    for key, value in values.items():
        text = text.replace(f"@{key}@", value)
    return text
