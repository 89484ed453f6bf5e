"""A Zephyr module: https://docs.zephyrproject.org/latest/develop/modules.html

Each model is an option of Kconfig; kernels that several models need are compiled once.
"""

from __future__ import annotations

from arenite import __version__
from arenite.codegen.emit import environment
from arenite.codegen.export.models import ExportedModels, export_entry

PRINTED = {
    "float32": ("double", "%g"), "float64": ("double", "%g"), "uint32": ("unsigned int", "%u"),
    "int64": ("long long", "%lld"), "uint64": ("unsigned long long", "%llu"),
}  # fmt: skip
"""Type of an element -> what ``printk`` is given for it, and how it shows that; all others are ``int``."""


def zephyr_files(library: ExportedModels, name: str) -> dict[str, str]:
    """Path below the module's folder -> text. ``name``: of the module."""
    jinja = environment()
    files = {f"include/{file}": text for file, text in library.headers.items()}
    files.update({f"src/{file}": text for file, text in library.sources.items()})
    variables = {"name": name, "models": library.models, "version": __version__}
    for file in ("module.yml", "CMakeLists.txt", "Kconfig"):
        files[f"zephyr/{file}"] = jinja.get_template(f"zephyr_{file}.j2").render(variables)
    for model in library.models:
        if model.has_sample:
            own = {**variables, "model": model, "printed": PRINTED}
            for file in ("CMakeLists.txt", "prj.conf", "sample.yaml", "main.c"):
                place = f"samples/{model.name}/{'src/' if file.endswith('.c') else ''}{file}"
                files[place] = jinja.get_template(f"zephyr_sample_{file}.j2").render(own)
    files["metadata.json"] = export_entry("zephyr", library.models)
    return dict(sorted(files.items()))
