"""The reference of the row kernels, from the C headers: they say what each layer struct and each function means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from arenite.codegen.kernels import SHARED, kernel_files, structs
from arenite_docs import rst

_DECLARATION = re.compile(
    r"(?:^/\*(?P<comment>(?:(?!\*/).)*)\*/\n)?"
    r"^(?:typedef struct \{[^}]*\} (?P<struct>\w+);|typedef (?P<type>\w+) (?P<alias>\w+);"
    r"|(?P<prototype>void arenite_\w+\([^)]*\));)",
    re.M | re.S,
)
_OPENING = re.compile(r"\A/\*(.*?)\*/", re.S)


@dataclass(frozen=True)
class Declaration:
    """``directive`` of Sphinx's C domain, what is declared (several functions of the same form), comment."""

    directive: str
    names: tuple[str, ...]
    comment: str

    @property
    def form(self) -> tuple[bool, str]:
        """Whether it is a row function, and the parameters."""
        name, _, parameters = self.names[0].partition("(")
        return "_row_" in name, parameters


def lines() -> list[str]:
    """A section for each header of kernels, and one for the types that they share."""
    headers = {name: text for name, text in kernel_files().items() if name.endswith(".h")}
    own = {name: list(declarations(text)) for name, text in headers.items() if name not in SHARED}
    text: list[str] = []
    for name, declared in own.items():
        if declared:
            opening = _OPENING.search(headers[name])
            text += [f".. _kernels-{name.removesuffix('.h')}:", "", *rst.heading(name)]
            text += _paragraphs(opening[1]) if opening else []
            text += [line for declaration in declared for line in _block(declaration)]
    used = {word for name in own for word in re.findall(r"\w+", headers[name])}
    # A type may be declared once for an instruction set and once for any other core.
    shared = {
        each.names[0].split()[-1]: each
        for name in sorted(SHARED & headers.keys())
        for each in declarations(headers[name])
    }
    text += rst.heading("Types of constants")
    return text + [line for each in shared.values() if used & set(each.names[0].split()) for line in _block(each)]


def declarations(header: str) -> Iterator[Declaration]:
    """What a header declares. Functions without a comment join the one before, if they are of the same form."""
    last: Declaration | None = None
    for found in _DECLARATION.finditer(header):
        comment = found["comment"] or ""
        if found["struct"]:
            declared = Declaration("c:struct", (found["struct"],), comment)
        elif found["alias"]:
            declared = Declaration("c:type", (f"{found['type']} {found['alias']}",), comment)
        else:
            declared = Declaration("c:function", (" ".join(found["prototype"].split()),), comment)
            if last and not comment and last.form == declared.form:
                last = Declaration(last.directive, last.names + declared.names, last.comment)
                continue
        if last:
            yield last
        last = declared
    if last:
        yield last


def _block(declaration: Declaration) -> list[str]:
    first, *others = declaration.names
    directive = f"{declaration.directive}:: {first}"
    body = _paragraphs(declaration.comment)
    if declaration.directive == "c:struct":
        body += [f"Fields, each an ``int32_t``: {rst.code(*structs()[first])}."]
    aligned = [" " * (len(declaration.directive) + 6) + other for other in others]
    return [f".. {directive}", *aligned, "", *rst.indented(body), ""]


def _paragraphs(comment: str) -> list[str]:
    """A comment of C; lines that are indented beyond the others are formulas and stay as they are."""
    text: list[str] = []
    for paragraph in re.split(r"\n[ *]*\n", comment.strip()):
        parts: list[tuple[bool, list[str]]] = []
        for raw in paragraph.splitlines():
            line = re.sub(r"^\s*\* ?", "", raw)
            formula = raw.lstrip().startswith("*") and line.startswith(" ")
            if not parts or parts[-1][0] != formula:
                parts.append((formula, []))
            parts[-1][1].append(line.strip())
        for formula, part in parts:
            text += rst.block("code-block:: text", part) if formula else [rst.prose(" ".join(part)), ""]
    return text
