"""What a user asks for: memory regions and pins, from the command line or from a TOML file."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from arenite.errors import AreniteError
from arenite.regions.model import Region

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
LARGEST = 1 << 40
"""Of a size or an address, in bytes."""
_SIZE = re.compile(r"(0[xX][0-9a-fA-F_]+|[0-9][0-9_]*)\s*(?:([KMG])(?:i?B)?|B)?", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,30}")
REGION_KEYS = ("name", "size", "base", "alignment", "slow")


@dataclass(frozen=True)
class RegionRequest:
    """``regions`` in order of preference, the slowest last; ``pins``: (name or number of a tensor, region's name)."""

    regions: tuple[Region, ...]
    pins: tuple[tuple[str, str], ...] = ()


def parse_size(text: str) -> int:
    """Bytes: ``65536``, ``64K``, ``1M``, ``0x10000``. Raises ValueError."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no size; sizes are written 65536, 64K, 1M or 0x10000")
    digits, unit = match.groups()
    value = int(digits.replace("_", ""), 16 if digits[:2] in ("0x", "0X") else 10) if len(digits) < 40 else LARGEST
    value *= UNITS[(unit or "").upper()]
    if value >= LARGEST:
        raise ValueError(f"{text[:40]} is too large")
    return value


def parse_region(text: str) -> Region:
    """A region from ``NAME=SIZE[@BASE]``. Raises ValueError."""
    name, equals, rest = text.partition("=")
    size, at, base = rest.partition("@")
    if not equals or not size or (at and not base):
        raise ValueError(f"{text!r} is not of the form NAME=SIZE or NAME=SIZE@BASE, as in DTCM=64K@0x20000000")
    return Region(name.strip(), parse_size(size), parse_size(base) if at else None)


def parse_pin(text: str) -> tuple[str, str]:
    """A pin from ``TENSOR=REGION``; names of tensors may hold anything, ``=`` too. Raises ValueError."""
    tensor, _, region = text.rpartition("=")
    if not tensor or not region:
        raise ValueError(f"{text!r} is not of the form TENSOR=REGION")
    return tensor, region


def region_request(
    regions: Sequence[Region], pins: Sequence[tuple[str, str]], file: str | None = None
) -> RegionRequest | None:
    """The request of the options ``--region``, ``--pin`` and ``--regions FILE``; None if there are none.

    Raises AreniteError if it contradicts itself.
    """
    if file is not None and regions:
        raise AreniteError("regions are given in a file and one by one", file=file, remedy="use --regions or --region")
    if file is None and not regions:
        if pins:
            raise AreniteError("--pin needs memory regions", remedy="add --region NAME=SIZE or --regions FILE")
        return None
    request = RegionRequest(tuple(regions)) if file is None else read_request(file)
    joined = RegionRequest(request.regions, (*request.pins, *pins))
    check_request(joined, file)
    return joined


def read_request(path: str) -> RegionRequest:
    """Read a TOML file: a ``[[region]]`` each with ``name`` and ``size``, on demand ``base``, ``alignment`` and
    ``slow = true``, the fastest first; a table ``[pin]`` of tensors and the names of their regions.

    Raises:
        AreniteError: it is no such file.
        OSError: it cannot be read.
    """
    try:
        data = tomllib.loads(Path(path).read_bytes().decode("utf-8"))
    except UnicodeDecodeError as error:
        raise AreniteError(f"is not UTF-8 text (byte {error.start})", file=path, remedy="save it in UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise AreniteError(f"is not TOML: {error}", file=path, remedy="mend this line") from None
    except RecursionError:
        raise AreniteError("is nested too deeply", file=path, remedy="write [[region]] tables") from None
    _only(data, ("region", "pin"), "the file", path)
    tables = data.get("region", [])
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise AreniteError("has no [[region]]", file=path, remedy="add one with name and size for each memory")
    ranked = [_region(table, number, path) for number, table in enumerate(tables, 1)]
    fast = [region for region, slow in ranked if not slow]
    pins = data.get("pin", {})
    if not isinstance(pins, dict) or not all(isinstance(region, str) for region in pins.values()):
        raise AreniteError(
            "[pin] is not a table of names", file=path, remedy='write lines like input = "SRAM" below it'
        )
    return RegionRequest((*fast, *(region for region, slow in ranked if slow)), tuple(pins.items()))


def check_request(request: RegionRequest, file: str | None) -> None:
    """Raise AreniteError where regions or pins contradict each other."""

    def fail(problem: str, remedy: str) -> None:
        raise AreniteError(problem, file=file, remedy=remedy)

    names = [region.name for region in request.regions]
    for region in request.regions:
        if not _NAME.fullmatch(region.name):
            fail(f"the region name {region.name!r} is no C identifier", "use up to 31 letters, digits and underscores")
        if names.count(region.name) > 1:
            fail(f"two regions are called {region.name}", "rename one")
        if not region.bytes:
            fail(f"the region {region.name} has no bytes", "give its size")
        if region.alignment < 1 or region.alignment & (region.alignment - 1):
            fail(f"the alignment {region.alignment} of {region.name} is no power of two", "use 4, 8, 16, 32, ...")
        if not region.capacity:
            fail(f"the alignment {region.alignment} of {region.name} is larger than its size", "mend one of them")
    placed = [region for region in request.regions if region.base is not None]
    for one, other in combinations(sorted(placed, key=lambda region: region.base or 0), 2):
        if (one.base or 0) + (one.bytes or 0) > (other.base or 0):
            fail(f"the regions {one.name} and {other.name} share addresses", "mend their bases or sizes")
    chosen: dict[str, str] = {}
    for tensor, name in request.pins:
        if name not in names:
            fail(f"{tensor} is pinned to {name}, and there is no such region", f"use one of {', '.join(names)}")
        if chosen.setdefault(tensor, name) != name:
            fail(f"{tensor} is pinned to {chosen[tensor]} and to {name}", "keep one of them")


def check_bases(regions: Sequence[Region], alignment: int, file: str | None = None) -> None:
    """Raise AreniteError unless each known base is aligned, to ``alignment`` and as the region demands."""
    for region in regions:
        step = max(alignment, region.alignment)
        if region.base is not None and region.base % step:
            raise AreniteError(
                f"the base {region.base:#x} of {region.name} is not aligned to {step} bytes", file=file,
                remedy="give a multiple of it, or a smaller --alignment",
            )  # fmt: skip


def _region(table: Mapping[str, object], number: int, path: str) -> tuple[Region, bool]:
    """A region and whether it stands behind those that are not slow."""
    name = table.get("name")
    if not isinstance(name, str):
        raise AreniteError(f"the region {number} has no name", file=path, remedy='add name = "SRAM"')
    _only(table, REGION_KEYS, f"the region {name}", path)
    if "size" not in table:
        raise AreniteError(f"the region {name} has no size", file=path, remedy='add size = "64K"')
    slow = table.get("slow", False)
    if not isinstance(slow, bool):
        raise AreniteError(f"slow of the region {name} is neither true nor false", file=path, remedy="mend it")
    base = _bytes(table, "base", name, path) if "base" in table else None
    alignment = _bytes(table, "alignment", name, path) if "alignment" in table else 1
    return Region(name, _bytes(table, "size", name, path), base, alignment), slow


def _bytes(table: Mapping[str, object], key: str, name: str, path: str) -> int:
    value = table[key]
    try:
        if isinstance(value, str):
            return parse_size(value)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < LARGEST:
            return value
        raise ValueError(f"{value} is no number of bytes")
    except ValueError as error:
        raise AreniteError(f"{key} of the region {name}: {error}", file=path, remedy="mend it") from None


def _only(table: Mapping[str, object], known: Sequence[str], what: str, path: str) -> None:
    for key in table:
        if key not in known:
            raise AreniteError(
                f"{what} has an unknown key {key!r}", file=path, remedy=f"use only {', '.join(known)}"
            )  # fmt: skip
