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
    where; otherwise the caller hands them in. ``constant_pools``: memory that the caller has to fill with weights.
    ``arguments``: structs that the run function takes, in order: inputs, outputs, workspace_pools, devices.
    """

    prefix: str
    text: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    pools: tuple[Pool, ...]
    constant_pools: tuple[str, ...]
    mapped: bool
    arguments: tuple[str, ...]

    @property
    def pool_members(self) -> tuple[str, ...]:
        """Members of the struct of pools."""
        return _members(self.text, f"{self.prefix}_workspace_pools")


def read_c_interface(text: str, prefix: str) -> CInterface:
    """From the header's text; every name in it begins with ``prefix``, every macro with that in capitals.

    Raises:
        ValueError: it does not declare a run function.
    """
    run = re.search(rf"\bint32_t {prefix}_run\(([^)]*)\)", text)
    if run is None:
        raise ValueError(f"its header declares no {prefix}_run")
    members = _members(text, f"{prefix}_workspace_pools")
    constants = tuple(name for name in members if _size(text, prefix, f"{name}_constant") is not None)
    pools = [(name, _size(text, prefix, f"{name}_workspace")) for name in members if name not in constants]
    return CInterface(
        prefix=prefix,
        text=text,
        inputs=_members(text, f"{prefix}_inputs"),
        outputs=_members(text, f"{prefix}_outputs"),
        pools=tuple(Pool(name, size) for name, size in pools if size is not None),
        constant_pools=constants,
        mapped=f"{prefix}_map_inputs(" in text,
        arguments=tuple(re.findall(rf"struct {prefix}_(\w+)\s*\*", run[1])),
    )


def _members(text: str, struct: str) -> tuple[str, ...]:
    body = re.search(rf"struct {struct}\s*\{{([^}}]*)\}}", text)
    return tuple(re.findall(r"void\s*\*\s*(\w+)\s*;", body[1])) if body else ()


def _size(text: str, prefix: str, pool: str) -> int | None:
    """Bytes of a pool, as the header's macro says; None if there is no such macro."""
    size = re.search(rf"^#define {f'{prefix}_{pool}_pool_size'.upper()}\s+(\d+)", text, re.MULTILINE)
    return int(size[1]) if size else None
