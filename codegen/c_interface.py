"""What the header of TVM's AOT executor with ``interface-api=c`` declares."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Pool:
    """Memory that the caller hands in: member of the struct of pools, and its size in bytes."""

    c_name: str
    bytes: int


@dataclass(frozen=True)
class CInterface:
    """Its parts, named as in C without the prefix.

    ``inputs``, ``outputs``: members of their structs, in order. ``mapped``: they lie in the pools, and functions tell
    where; otherwise the caller hands them in. ``arguments``: structs that the run function takes, in order: inputs,
    outputs, workspace_pools, devices.
    """

    prefix: str
    text: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    pools: tuple[Pool, ...]
    mapped: bool
    arguments: tuple[str, ...]


def read_c_interface(text: str, prefix: str) -> CInterface:
    """From the header's text; every name in it begins with ``prefix``, every macro with that in capitals.

    Raises:
        ValueError: it does not declare a run function, or no size for a pool.
    """
    run = re.search(rf"\bint32_t {prefix}_run\(([^)]*)\)", text)
    if run is None:
        raise ValueError(f"its header declares no {prefix}_run")
    return CInterface(
        prefix=prefix,
        text=text,
        inputs=_members(text, f"{prefix}_inputs"),
        outputs=_members(text, f"{prefix}_outputs"),
        pools=tuple(Pool(name, _size(text, prefix, name)) for name in _members(text, f"{prefix}_workspace_pools")),
        mapped=f"{prefix}_map_inputs(" in text,
        arguments=tuple(re.findall(rf"struct {prefix}_(\w+)\s*\*", run[1])),
    )


def _members(text: str, struct: str) -> tuple[str, ...]:
    body = re.search(rf"struct {struct}\s*\{{([^}}]*)\}}", text)
    return tuple(re.findall(r"void\s*\*\s*(\w+)\s*;", body[1])) if body else ()


def _size(text: str, prefix: str, pool: str) -> int:
    macro = f"{prefix}_{pool}_workspace_pool_size".upper()
    size = re.search(rf"^#define {macro}\s+(\d+)", text, re.MULTILINE)
    if size is None:
        raise ValueError(f"its header has no {macro}")
    return int(size[1])
