"""Files that appear complete or not at all, wherever they shall go."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from arenite.errors import AreniteError
from arenite.output import same_target, write_file, write_files


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_all_files_or_none(tmp_path: Path) -> None:
    kept, new, lost = tmp_path / "kept", tmp_path / "new", tmp_path / "none" / "lost"
    kept.write_text("old")
    with pytest.raises(AreniteError, match="lost") as error:
        write_files({str(kept): "changed", str(new): b"new", str(lost): "lost"})
    assert str(lost) in str(error.value)
    assert names(tmp_path) == ["kept"]
    assert kept.read_text() == "old"
    write_files({str(kept): "changed", str(new): b"new"})
    assert (kept.read_text(), new.read_bytes(), names(tmp_path)) == ("changed", b"new", ["kept", "new"])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device /dev/full, which Linux has")
def test_a_full_device_is_named() -> None:
    with pytest.raises(AreniteError, match=r"^/dev/full: cannot be written: No space"):
        write_file("/dev/full", "text")


def test_links_are_followed_and_may_lead_nowhere(tmp_path: Path) -> None:
    link, loop = tmp_path / "link", tmp_path / "loop"
    link.symlink_to("target")
    write_file(str(link), "1")
    assert (tmp_path / "target").read_text() == "1"
    assert link.is_symlink()
    loop.symlink_to("loop")
    write_file(str(loop), "2")
    assert loop.read_text() == "2"


def test_names_as_long_as_the_file_system_allows(tmp_path: Path) -> None:
    write_file(str(tmp_path / ("n" * 255)), "long")
    with pytest.raises(AreniteError, match="nnn: cannot be written"):
        write_file(str(tmp_path / ("n" * 256)), "too long")
    assert names(tmp_path) == ["n" * 255]


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    read, write = os.pipe()
    write_file(f"/dev/fd/{write}", "through")
    assert os.read(read, 100) == b"through"
    os.close(read)
    os.close(write)


def test_one_file_by_two_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to("file")
    assert same_target("file", "./file")
    assert same_target(str(tmp_path / "file"), "link")
    assert not same_target("file", "other")
