"""Regions and pins as users write them: sizes, options, TOML files, and what is said where they are wrong."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arenite.errors import AreniteError
from arenite.regions.model import Region
from arenite.regions.request import (
    RegionRequest,
    check_bases,
    parse_pin,
    parse_region,
    parse_size,
    read_request,
    region_request,
)


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("65536", 65536), ("64K", 65536), ("64k", 65536), ("64KiB", 65536), ("64kB", 65536), ("1M", 1 << 20),
     ("0x10000", 65536), ("0X1_0000", 65536), ("65_536", 65536), (" 8 K ", 8192), ("512B", 512), ("1G", 1 << 30)],
)  # fmt: skip
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "K", "-1", "1.5K", "64KK", "1e3", "0x", "0xg", "٣", "1T", "9" * 5000, "0x" + "f" * 5000, "1024G", "_1"]
)
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no size|too large"):
        parse_size(text)


@given(st.text(max_size=12))
def test_any_text_is_a_size_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert parse_size(text) >= 0


def test_regions_and_pins_of_the_command_line() -> None:
    assert parse_region("DTCM=64K@0x20000000") == Region("DTCM", 65536, 0x20000000)
    assert parse_region("PSRAM=8M") == Region("PSRAM", 8 << 20)
    assert parse_pin("a=b/c:0=DTCM") == ("a=b/c:0", "DTCM")
    for text in ("DTCM", "DTCM=", "=", "DTCM=@0", "DTCM=1K@", "DTCM=1K@x"):
        with pytest.raises(ValueError, match=r"form|size"):
            parse_region(text)
    for text in ("", "a", "a=", "=b"):
        with pytest.raises(ValueError, match="form"):
            parse_pin(text)


def test_no_options_no_request(tmp_path: Path) -> None:
    assert region_request([], []) is None
    file = tmp_path / "r.toml"
    file.write_text('[[region]]\nname="A"\nsize=1\n')
    assert region_request([], [("t", "A")], str(file)) == RegionRequest((Region("A", 1),), (("t", "A"),))
    with pytest.raises(AreniteError, match="in a file and one by one"):
        region_request([Region("A", 1)], [], str(file))


@pytest.mark.parametrize(
    ("regions", "pins", "text"),
    [
        ([Region("A", 0)], [], "the region A has no bytes"),
        ([Region("A", 1), Region("A", 2)], [], "two regions are called A"),
        ([Region("my sram", 1)], [], "'my sram' is no C identifier"),
        ([Region("1A", 1)], [], "no C identifier"),
        ([Region("", 1)], [], "no C identifier"),
        ([Region("A" * 40, 1)], [], "no C identifier"),
        ([Region("A", 8, 0), Region("B", 8, 4)], [], "A and B share addresses"),
        ([Region("B", 8, 4), Region("A", 8, 0)], [], "A and B share addresses"),
        ([Region("A", 8, None, 3)], [], "the alignment 3 of A is no power of two"),
        ([Region("A", 8, None, 16)], [], "the alignment 16 of A is larger than its size"),
        ([Region("A", 1)], [("t", "B")], "t is pinned to B, and there is no such region; use one of A"),
        ([Region("A", 1), Region("B", 1)], [("t", "A"), ("t", "B")], "t is pinned to A and to B"),
        ([], [("t", "B")], "--pin needs memory regions"),
    ],
)
def test_contradictions(regions: list[Region], pins: list[tuple[str, str]], text: str) -> None:
    with pytest.raises(AreniteError, match=text):
        region_request(regions, pins)


def test_bases_are_aligned() -> None:
    check_bases((Region("A", 8, 32), Region("B", 8)), 16)
    with pytest.raises(AreniteError, match="0x18 of A is not aligned to 16"):
        check_bases((Region("A", 8, 24),), 16)
    with pytest.raises(AreniteError, match="not aligned to 32"):
        check_bases((Region("A", 8, 16, 32),), 4)


def test_a_whole_file(tmp_path: Path) -> None:
    file = tmp_path / "board.toml"
    file.write_bytes(
        b'# a board\r\n[[region]]\r\nname = "PSRAM"\r\nsize = "8M"\r\nslow = true\r\nalignment = 32\r\n'
        b'[[region]]\r\nname = "DTCM"\r\nsize = "64K"\r\nbase = "0x2000_0000"\r\n'
        b'[[region]]\r\nname = "SRAM"\r\nsize = 0x40000\r\nbase = 0x24000000\r\n'
        b'[pin]\r\n"model/input:0" = "SRAM"\r\n12 = "DTCM"\r\n'
    )
    assert read_request(str(file)) == RegionRequest(
        (Region("DTCM", 65536, 0x20000000), Region("SRAM", 0x40000, 0x24000000), Region("PSRAM", 8 << 20, None, 32)),
        (("model/input:0", "SRAM"), ("12", "DTCM")),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no [[region]]"),
        ("region = 3", "has no [[region]]"),
        ("region = [1, 2]", "has no [[region]]"),
        ("[region]\nname='A'", "has no [[region]]"),
        ("[[region]\n", "line 1"),
        ("[[region]]\nname = 'A'\nsize = \n", "line 3"),
        ("[[region]]\nname = 'A'\nname = 'B'\n", "line 3"),
        ("[[region]]\nsize = 1", "the region 1 has no name"),
        ("[[region]]\nname = 1\nsize = 1", "the region 1 has no name"),
        ("[[region]]\nname = 'A'", "the region A has no size"),
        ("[[region]]\nname = 'A'\nsize = 'big'", "size of the region A: 'big' is no size"),
        ("[[region]]\nname = 'A'\nsize = -1", "-1 is no number of bytes"),
        ("[[region]]\nname = 'A'\nsize = 1.5", "1.5 is no number of bytes"),
        ("[[region]]\nname = 'A'\nsize = true", "True is no number of bytes"),
        ("[[region]]\nname = 'A'\nsize = 9999999999999999999", "is no number of bytes"),
        ("[[region]]\nname = 'A'\nsize = [1]", "is no number of bytes"),
        ("[[region]]\nname = 'A'\nsize = 1\nbase = 'x'", "base of the region A"),
        ("[[region]]\nname = 'A'\nsize = 1\nslow = 1", "neither true nor false"),
        ("[[region]]\nname = 'A'\nsize = 1\nspeed = 1", "unknown key 'speed'"),
        ("regions = 1", "unknown key 'regions'"),
        ("[[region]]\nname = 'A'\nsize = 1\n[pin]\nx = 1", "[pin] is not a table of names"),
        ("pin = 1\n[[region]]\nname = 'A'\nsize = 1", "[pin] is not a table of names"),
        ("[[region]]\nname = 'A'\nsize = 1\n[pin]\nx = 'B'", "no such region"),
        ("[[region]]\nname = 'A'\nsize = 0", "has no bytes"),
        ("a = " + "[" * 5000, "board.toml"),
    ],
)
def test_files_that_are_wrong(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "board.toml"
    file.write_text(text)
    with pytest.raises(AreniteError) as refusal:
        region_request([], [], str(file))
    assert message in str(refusal.value)
    assert str(refusal.value).startswith(str(file))
    assert "\n" not in str(refusal.value)


def test_files_that_are_no_text(tmp_path: Path) -> None:
    file = tmp_path / "board.toml"
    file.write_bytes(b"\xff\xfe[\x00")
    with pytest.raises(AreniteError, match="is not UTF-8 text"):
        read_request(str(file))
    with pytest.raises(OSError, match="No such file"):
        read_request(str(tmp_path / "none.toml"))
    with pytest.raises(OSError, match="directory"):
        read_request(str(tmp_path))
