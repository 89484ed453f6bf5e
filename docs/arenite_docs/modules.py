"""A package of the API reference: each of its public modules, or the modules that are named."""

from __future__ import annotations

from arenite_docs import rst
from arenite_docs.source import public_modules


def lines(argument: str) -> list[str]:
    """``argument``: names of modules; ``arenite.codegen.*`` stands for the public modules of a package."""
    text: list[str] = []
    for name in argument.split():
        for module in public_modules(name.removesuffix(".*")) if name.endswith(".*") else [name]:
            text += [*rst.heading(module), *rst.block(f"automodule:: {module}", [])]
    return text
