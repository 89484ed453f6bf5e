"""The tables of supported operators, from the registries of lowerings and the modules that they name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from arenite.codegen.kernels import kernels
from arenite.frontends import operators
from arenite_docs import operator_types, rst
from arenite_docs.source import keywords, patterns, strings, summary

PACKAGE = operators.__name__
HEADER = ("Operator", "Types", "Computed by", "What is compiled")
WIDTHS = (24, 9, 32, 35)


def lines() -> list[str]:
    """A table for each registry, with a row for each module of lowerings."""
    return [
        *rst.heading("By type"),
        *operator_types.lines(),
        *rst.heading("int8, and any type"),
        *_table(operators.families(), None),
        *(line for dtype in operators.TYPES for line in _section(dtype)),
    ]


def _section(dtype: str) -> list[str]:
    return [*rst.heading(dtype), *_table(operators.families(dtype), dtype)]


def _table(families: Mapping[str, str], types: str | None) -> list[str]:
    modules = by_value(families)
    return rst.table(HEADER, (_row(module, kinds, types) for module, kinds in modules.items()), WIDTHS)


def by_value(registry: Mapping[str, str]) -> dict[str, list[str]]:
    """Value -> the keys that have it, both in the order of the registry."""
    found: dict[str, list[str]] = {}
    for key, value in registry.items():
        found.setdefault(value, []).append(key)
    return found


def _row(module: str, kinds: Sequence[str], types: str | None) -> tuple[str, str, str, str]:
    name = f"{PACKAGE}.{module}"
    text = summary(name)
    return rst.listed(kinds), types or _types(text), computed_by(name), rst.prose(text)


def _types(text: str) -> str:
    return ", ".join(dict.fromkeys(re.findall(r"\bu?int(?:8|16|32|64)|bool|float32|any type", text)))


def computed_by(module: str) -> str:
    """What a module of lowerings names: row kernels, operators of TVM, or neither where only the shape changes."""
    known = kernels()
    named = [name for name in dict.fromkeys(strings(module)) if name in known]
    text = [f"| :c:func:`{name}`" for name in named]
    stem = module.rpartition(".")[2]
    families = {
        kernel.family
        for pattern in patterns(module)
        for kernel in known.values()
        if re.fullmatch(pattern, kernel.name)
        and kernel.family.startswith(stem)
        and kernel.family.endswith("_f32") == module.startswith(f"{PACKAGE}.float32.")
    }
    text += [f"| one of :ref:`{family}.h <kernels-{family}>`" for family in sorted(families)]
    text += [f"| TVM: ``{name}``" for name in dict.fromkeys(strings(module)) if re.fullmatch(r"relax(\.\w+)+", name)]
    if "alias" in keywords(module):
        text.append("| nothing where the bytes stay as they are" if text else "| nothing: the bytes stay as they are")
    return "\n".join(text)
