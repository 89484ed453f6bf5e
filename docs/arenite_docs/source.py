"""What the source text of a module says, without importing it: many need a TVM that need not be there."""

from __future__ import annotations

import ast
import importlib.util
import pkgutil
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

MAKERS = frozenset(f"arenite.frontends.operators.{name}" for name in ("concatenation", "fills", "moves"))
"""Modules whose functions make the calls of kernels for several families."""


@cache
def tree(module: str) -> ast.Module:
    """The syntax tree of a module of arenite. Raises ModuleNotFoundError."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(module)
    return ast.parse(Path(spec.origin).read_text(encoding="utf-8"))


def summary(module: str, name: str | None = None) -> str:
    """The first paragraph of the docstring of a module, or of a class or function in it, on one line."""
    node: ast.Module | ast.ClassDef | ast.FunctionDef = tree(module)
    if name is not None:
        (node,) = (
            child for child in node.body if isinstance(child, ast.ClassDef | ast.FunctionDef) and child.name == name
        )
    return " ".join((ast.get_docstring(node) or "").split("\n\n")[0].split())


def strings(module: str) -> Iterator[str]:
    """Every string constant of a module, and those that it imports by name from other modules of arenite: constants,
    and what functions of ``MAKERS`` name."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("arenite."):
            for alias in node.names:
                value = _definitions(str(node.module)).get(alias.name)
                if isinstance(value, ast.Assign) and isinstance(value.value, ast.Constant):
                    yield str(value.value.value)
                elif isinstance(value, ast.FunctionDef) and node.module in MAKERS:
                    yield from reachable_strings(str(node.module), alias.name, "")


def patterns(module: str) -> Iterator[str]:
    """Every formatted string of a module as a regular expression, in which any word stands for what is formatted."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"\w+" for part in node.values
            )


def reachable_strings(module: str, function: str, key: str) -> list[str]:
    """String constants in a function and in what it names of its own module, in the order in which they are met.

    Of a dictionary with ``key`` among its keys only that entry counts, of a choice by ``node.kind == "Name"`` only the
    side for ``key``.
    """
    definitions = _definitions(module)
    found: list[str] = []
    waiting, seen = [function], set[str]()
    while waiting:
        name = waiting.pop(0)
        if name in seen or name not in definitions:
            continue
        seen.add(name)
        for node in _walk(definitions[name], key):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
            elif isinstance(node, ast.Name):
                waiting.append(node.id)
    return found


def _walk(root: ast.AST, key: str) -> Iterator[ast.AST]:
    yield root
    children: Iterable[ast.AST] = ast.iter_child_nodes(root)
    if isinstance(root, ast.Dict):
        keys = [node.value if isinstance(node, ast.Constant) else None for node in root.keys]
        if key in keys:
            children = [root.values[keys.index(key)]]
    elif isinstance(root, ast.IfExp) and ast.unparse(root.test).startswith("node.kind == "):
        children = [root.body if ast.unparse(root.test) == f"node.kind == {key!r}" else root.orelse]
    for child in children:
        yield from _walk(child, key)


@cache
def _definitions(module: str) -> dict[str, ast.stmt]:
    """Functions and assignments at the top level of a module, by name."""
    found: dict[str, ast.stmt] = {}
    for node in tree(module).body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    found[target.id] = node
    return found


def keywords(module: str) -> set[str]:
    """Names of the keyword arguments of all calls in a module."""
    return {node.arg for node in ast.walk(tree(module)) if isinstance(node, ast.keyword) and node.arg}


def public_modules(package: str) -> list[str]:
    """The modules in a package, without those of its subpackages and without private ones, by name."""
    spec = importlib.util.find_spec(package)
    if spec is None:
        raise ModuleNotFoundError(package)
    found = pkgutil.iter_modules(spec.submodule_search_locations)
    return [f"{package}.{info.name}" for info in found if not info.ispkg and not info.name.startswith("_")]
