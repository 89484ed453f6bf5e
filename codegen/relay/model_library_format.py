"""Model Library Format archive, as ``relay.build`` with the AOT executor is exported -> its parts as plain data."""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from arenite.codegen.description import TensorDescription
from arenite.codegen.relay.c_interface import CInterface, read_c_interface
from arenite.errors import ModelError, UnsupportedError

VERSION = 7
"""Of the format: TVM 0.12 to 0.18 write this one."""
SOURCES, INCLUDES = PurePosixPath("codegen/host/src"), PurePosixPath("codegen/host/include")
NO_PARAMETERS = 32
"""Bytes of a parameter file without parameters: magic number, a reserved word and two counts of 8 bytes each."""
INTERFACE_REMEDY = "build with Executor('aot', {'unpacked-api': True, 'interface-api': 'c'}) and Runtime('crt')"


@dataclass(frozen=True, eq=False)
class ModelLibrary:
    """A model as TVM compiled it.

    Attributes:
        name: the ``mod_name`` of ``relay.build``, in the spelling that the C source uses.
        metadata: the archive's ``metadata.json``.
        target: TVM's target, as text.
        sources: file name -> C text.
        interface: what the generated header declares, its names those of ``sources``.
        inputs, outputs: in the order of the C interface, not quantised as far as anybody knows; the shape is flat where
            the archive does not tell it.
        relay: the model as it came into ``relay.build``, as text.
    """

    name: str
    metadata: Mapping[str, Any]
    target: str
    sources: Mapping[str, str]
    interface: CInterface
    inputs: tuple[TensorDescription, ...]
    outputs: tuple[TensorDescription, ...]
    relay: str


def read_model_library(archive: str | Path) -> ModelLibrary:
    """Read an archive of one model.

    Raises:
        ModelError: it cannot be read, or is not an archive of that format.
        UnsupportedError: it holds what cannot become a project: several models, another executor or interface, machine
            code instead of C, parameters outside the C.
    """
    file = str(archive)
    members = _members(Path(archive))
    metadata = _metadata(members, file)
    try:
        modules = metadata["modules"]
        if len(modules) != 1:
            raise UnsupportedError(
                f"holds {len(modules)} models ({', '.join(modules)})", file=file, remedy="export one model at a time"
            )
        ((name, module),) = modules.items()
        executors, target = list(module["executors"]), " ".join(module["target"])
        if executors != ["aot"]:
            raise UnsupportedError(
                f"was built for the executor {', '.join(executors)}", file=file, remedy=INTERFACE_REMEDY
            )
        sources = _sources(members, file)
        interface = _interface(members, name, sources, file)
        (main,) = module["memory"]["functions"]["main"]
        relay = _text(members, PurePosixPath("src") / f"{name}.relay")
        parameters = members.get(PurePosixPath("parameters") / f"{name}.params", b"")
        inputs = _ports(interface.inputs, main["inputs"], _shapes(relay))
        outputs = _ports(interface.outputs, main["outputs"], {})
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as cause:
        raise ModelError(
            f"is not a Model Library Format archive of relay.build ({type(cause).__name__}: {cause})",
            file=file,
            remedy="write it with tvm.micro.export_model_library_format",
        ) from cause
    if len(parameters) > NO_PARAMETERS:
        raise UnsupportedError(
            f"keeps the parameters in parameters/{name}.params, outside the C",
            file=file,
            remedy="build with Executor('aot', {..., 'link-params': True}) and params=...",
        )
    return ModelLibrary(name, metadata, target, sources, interface, inputs, outputs, relay)


def _members(archive: Path) -> dict[PurePosixPath, bytes]:
    try:
        with tarfile.open(archive, "r:") as tar:
            files = [member for member in tar.getmembers() if member.isfile()]
            contents = {PurePosixPath(member.name): tar.extractfile(member) for member in files}
            return {path: content.read() for path, content in contents.items() if content is not None}
    except OSError as cause:
        raise ModelError(
            f"cannot be read: {cause.strerror or cause}", file=str(archive), remedy="check the path"
        ) from cause
    except (tarfile.TarError, EOFError) as cause:
        raise ModelError(
            "is not a tar archive",
            file=str(archive),
            remedy="write it with tvm.micro.export_model_library_format",
        ) from cause


def _metadata(members: Mapping[PurePosixPath, bytes], file: str) -> Mapping[str, Any]:
    try:
        metadata = json.loads(members[PurePosixPath("metadata.json")])
        version = metadata["version"]
        style = metadata.get("style", "full-model")
    except (KeyError, TypeError, ValueError, AttributeError) as cause:
        raise ModelError(
            "has no metadata.json of Model Library Format",
            file=file,
            remedy="write it with tvm.micro.export_model_library_format",
        ) from cause
    if style != "full-model":
        raise UnsupportedError(f"holds one {style}, not a model", file=file, remedy="export what relay.build returns")
    if version != VERSION:
        raise UnsupportedError(
            f"is of version {version} of Model Library Format", file=file, remedy="export it with TVM 0.12 to 0.18"
        )
    assert isinstance(metadata, dict)
    return metadata


def _text(members: Mapping[PurePosixPath, bytes], path: PurePosixPath) -> str:
    return members.get(path, b"").decode("utf-8")


def _sources(members: Mapping[PurePosixPath, bytes], file: str) -> dict[str, str]:
    foreign = sorted(path.name for path in members if path.parent == SOURCES.parent / "lib")
    foreign += sorted(path.name for path in members if path.parent == SOURCES and path.suffix != ".c")
    if foreign:
        raise UnsupportedError(
            f"holds {', '.join(foreign)}, which is not C", file=file, remedy="build for tvm.target.Target('c')"
        )
    return {path.name: _in_order(_text(members, path)) for path in sorted(members) if path.parent == SOURCES}


def _in_order(source: str) -> str:
    """TVM declares where tensors lie in an order that changes from build to build; sorted, the text stays the same."""
    return re.sub(r"(?:^ +void\* sid_\w+ = \(&\(\w+\[\d+\]\)\);\n)+", _sorted_lines, source, flags=re.M)


def _sorted_lines(match: re.Match[str]) -> str:
    return "".join(sorted(match[0].splitlines(keepends=True)))


def _interface(members: Mapping[PurePosixPath, bytes], name: str, sources: Mapping[str, str], file: str) -> CInterface:
    """The header's, in the spelling of the sources: TVM writes the header in small letters whatever the name."""
    headers = [path for path in sorted(members) if path.parent == INCLUDES and path.suffix == ".h"]
    if len(headers) != 1 or not sources:
        raise UnsupportedError("has no C interface", file=file, remedy=INTERFACE_REMEDY)
    if not re.fullmatch(r"\w+", name, re.ASCII):
        raise UnsupportedError(
            f"names the model {name!r}, which cannot be part of a C identifier",
            file=file,
            remedy="give relay.build another mod_name",
        )
    prefix, spelt = f"tvmgen_{name}", headers[0].stem
    return read_c_interface(_text(members, headers[0]).replace(f"{spelt}_", f"{prefix}_"), prefix)


def _ports(
    members: Sequence[str], tensors: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]]
) -> tuple[TensorDescription, ...]:
    """``members``: names in C. ``tensors``: the same as the archive names them, in alphabetical order."""
    names = {re.sub(r"\W", "_", name, flags=re.ASCII): name for name in tensors}
    ports = []
    for member in members:
        name = names[member]
        size, dtype = int(tensors[name]["size"]), str(tensors[name]["dtype"])
        elements = size // np.dtype(dtype).itemsize
        shape = shapes.get(name, (elements,))
        ports.append(TensorDescription(name, member, dtype, shape, size))
    return tuple(ports)


def _shapes(relay: str) -> dict[str, tuple[int, ...]]:
    """Shapes of the parameters of ``main``, from TVM's text: ``def @main(%x: Tensor[(1, 8), int8], ...``."""
    signature = re.search(r"^def @main\(.*$", relay, re.MULTILINE)
    found = re.findall(r"%([^\s:,()]+): Tensor\[\(([\d, ]*)\), \w+\]", signature[0] if signature else "")
    return {name: tuple(int(extent) for extent in text.split(",") if extent.strip()) for name, text in found}
