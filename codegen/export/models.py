"""The compiled projects that go into one library: their C files, each once, and what a form says about each model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from arenite import __version__
from arenite.codegen.description import ProjectDescription, read_description
from arenite.codegen.emit import library_prefix
from arenite.codegen.project import FLAGS
from arenite.codegen.relay.c_interface import CInterface, read_c_interface
from arenite.errors import AreniteError, UnsupportedError

INCLUDE, SOURCE = Path("codegen/host/include"), Path("codegen/host/src")
"""Folders of a project with the header of its interface, and with all other C files."""
COMPILE_AGAIN = "compile it again"


@dataclass(frozen=True)
class ExportedModel:
    """``header``: its name. ``sources``: names of the .c files that it needs, kernels included. ``flag``: optimisation
    that its kernels were chosen for."""

    description: ProjectDescription
    interface: CInterface
    header: str
    sources: tuple[str, ...]
    flag: str

    @property
    def name(self) -> str:
        return self.description.name

    @property
    def prefix(self) -> str:
        return self.interface.prefix

    @property
    def floating(self) -> bool:
        """Whether an input or output is float."""
        ports = (*self.description.inputs, *self.description.outputs)
        return any(port.dtype.startswith("float") for port in ports)

    @property
    def has_sample(self) -> bool:
        """Whether inputs and outputs lie in the model's own memory, so that a few lines can show a whole inference."""
        return self.interface.mapped and f"{self.prefix}_push_row" not in self.interface.text


@dataclass(frozen=True)
class ExportedModels:
    """``headers``: of the interfaces, ``sources``: all other C files; name -> text, in order of the names."""

    models: tuple[ExportedModel, ...]
    headers: Mapping[str, str]
    sources: Mapping[str, str]


def read_projects(projects: Sequence[Path]) -> ExportedModels:
    """Reads what ``arenite compile`` wrote.

    Raises:
        AreniteError: a directory is no such project, two of them have one name, or were compiled by different versions
            of arenite, so that their kernels differ.
        UnsupportedError: a project of the Relay lane, whose C needs the headers of TVM's runtime.
    """
    models: list[ExportedModel] = []
    headers: dict[str, str] = {}
    sources: dict[str, str] = {}
    for project in projects:
        description = read_description(project)
        if description.ir != "relax":
            raise UnsupportedError(
                f"was compiled with --ir {description.ir}, whose C needs TVM's runtime",
                file=str(project),
                remedy="compile it without --ir",
            )
        if any(description.name == model.name for model in models):
            raise AreniteError(
                f"is the second model that is named {description.name}",
                file=str(project),
                remedy=f"{COMPILE_AGAIN} with another --name",
            )
        own_headers, own_sources = _c_files(project, INCLUDE), _c_files(project, SOURCE)
        _join(headers, own_headers, project)
        _join(sources, own_sources, project)
        models.append(_model(project, description, own_headers, own_sources))
    return ExportedModels(tuple(models), dict(sorted(headers.items())), dict(sorted(sources.items())))


def export_entry(form: str, models: Sequence[ExportedModel]) -> str:
    """Text of an exported library's ``metadata.json``, by which a later export knows what it replaces."""
    entry = {"version": __version__, "export": form, "models": [model.name for model in models]}
    return json.dumps({"arenite": entry}, indent=2) + "\n"


def _model(
    project: Path, description: ProjectDescription, headers: Mapping[str, str], sources: Mapping[str, str]
) -> ExportedModel:
    prefix = library_prefix(description.name)
    header = f"{prefix}.h"
    try:
        interface = read_c_interface(headers[header], prefix)
    except (KeyError, ValueError) as cause:
        raise AreniteError(f"has no usable {INCLUDE / header}", file=str(project), remedy=COMPILE_AGAIN) from cause
    own = tuple(name for name in sorted(sources) if name.endswith(".c"))
    return ExportedModel(description, interface, header, own, FLAGS.get(description.optimise, FLAGS["speed"]))


def _c_files(project: Path, folder: Path) -> dict[str, str]:
    try:
        files = sorted((project / folder).iterdir())
        return {path.name: path.read_text(encoding="utf-8") for path in files if path.suffix in (".c", ".h")}
    except (OSError, ValueError) as cause:
        raise AreniteError(f"its C files cannot be read: {cause}", file=str(project), remedy=COMPILE_AGAIN) from cause


def _join(files: dict[str, str], others: Mapping[str, str], project: Path) -> None:
    for name, text in others.items():
        if files.setdefault(name, text) != text:
            raise AreniteError(
                f"its {name} differs from that of another project",
                file=str(project),
                remedy="compile all of them again, with one version of arenite",
            )
