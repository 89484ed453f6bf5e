"""The options of the command line that name memory regions."""

from __future__ import annotations

import argparse
from argparse import Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from arenite.regions.request import RegionRequest

T = TypeVar("T")


def add_region_options(command: argparse.ArgumentParser, tensor: str) -> None:
    """``tensor``: what stands for a buffer in a pin."""
    command.add_argument(
        "--region", action="append", type=_region, default=[], metavar="NAME=SIZE[@BASE]",
        help="a memory region, as DTCM=64K@0x20000000; may be repeated, the fastest first: the last is used least",
    )  # fmt: skip
    command.add_argument("--regions", type=_file, metavar="FILE.toml", help="the same and pins in a TOML file")
    command.add_argument(
        "--pin", action="append", type=_pin, default=[], metavar=f"{tensor}=REGION",
        help="keep a buffer in a region; may be repeated",
    )  # fmt: skip


def requested_regions(options: Namespace) -> RegionRequest | None:
    """The regions that the options ask for, None if they ask for none. Raises AreniteError if they make no sense."""
    from arenite.regions.request import region_request

    return region_request(options.region, options.pin, options.regions)


def size(text: str) -> int:
    """A number of bytes on the command line, as 65536, 64K, 1M or 0x10000."""
    from arenite.regions.request import parse_size

    return _told(parse_size, text)


def _region(text: str) -> object:
    from arenite.regions.request import parse_region

    return _told(parse_region, text)


def _pin(text: str) -> tuple[str, str]:
    from arenite.regions.request import parse_pin

    return _told(parse_pin, text)


def _file(text: str) -> str:
    if text in ("", "-"):
        raise argparse.ArgumentTypeError("needs the name of a file")
    return text


def _told(parse: Callable[[str], T], text: str) -> T:
    try:
        return parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
