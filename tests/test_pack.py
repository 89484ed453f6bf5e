"""``arenite pack``: what it finds, prints and writes, and how it ends."""

from __future__ import annotations

import csv
import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from test_cli_plan import arenite, refused

EXAMPLE = "id,lower,upper,size\nb1,0,3,4\nb2,3,9,4\nb3,0,9,4\nb4,9,21,4\nb5,0,21,4\n"
CROWN = "id,lower,upper,size\na,0,2,3\nb,1,3,1\nc,2,4,2\nd,3,5,2\ne,4,6,1\nf,5,7,3\n"


@pytest.fixture
def example(tmp_path: Path) -> Path:
    file = tmp_path / "example.csv"
    file.write_text(EXAMPLE)
    return file


def check_solution(file: Path, capacity: int) -> list[dict[str, str]]:
    """The rows of a solution, after a naive check: half-open lifetimes, nothing shared, nothing outside."""
    with file.open(newline="") as stream:
        solution = list(csv.DictReader(stream))
    for one in solution:
        assert 0 <= int(one["offset"]) <= int(one["offset"]) + int(one["size"]) <= capacity
    for one, other in itertools.combinations(solution, 2):
        if one.get("region") != other.get("region"):
            continue
        together = int(one["lower"]) < int(other["upper"]) and int(other["lower"]) < int(one["upper"])
        low, high = int(one["offset"]), int(other["offset"])
        assert not together or low + int(one["size"]) <= high or high + int(other["size"]) <= low
    return solution


def result_of(*arguments: object, status: int = 0) -> dict[str, Any]:
    result = arenite("pack", *arguments, "--json", "-")
    assert result.returncode == status, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_the_smallest_arena(example: Path, tmp_path: Path) -> None:
    target = tmp_path / "solution.csv"
    found = result_of(example, "-o", target)
    keys = ("buffers", "capacity", "arena_bytes", "lower_bound_bytes", "optimal", "fits")
    assert {key: found[key] for key in keys} == {
        "buffers": 5, "capacity": None, "arena_bytes": 12, "lower_bound_bytes": 12, "optimal": True, "fits": None,
    }  # fmt: skip
    solution = check_solution(target, 12)
    assert [list(one)[:4] for one in solution] == [["id", "lower", "upper", "size"]] * 5
    assert [{"id": one["id"], "offset": int(one["offset"])} for one in solution] == found["placements"]


def test_within_a_capacity(example: Path, tmp_path: Path) -> None:
    target = tmp_path / "solution.csv"
    found = result_of(example, "--capacity", "0x10", "-o", target)
    assert found["fits"] is True
    assert found["capacity"] == 16
    check_solution(target, 16)
    assert result_of(target, "--capacity", "16")["placements"] == found["placements"]


def test_proven_not_to_fit(example: Path, tmp_path: Path) -> None:
    target = tmp_path / "solution.csv"
    result = arenite("pack", example, "--capacity", "11", "-o", target, "--json", "-")
    assert result.returncode == 1
    assert json.loads(result.stdout)["fits"] is False
    assert result.stderr.splitlines()[-1] == (
        f"arenite: error: {example}: cannot fit into 11 bytes: every layout needs at least 12; raise --capacity"
    )
    assert not target.exists()


def test_holes_that_no_layout_avoids_are_proven(tmp_path: Path) -> None:
    """Peak 5, smallest arena 6 or the peak: what the brute force says."""
    file = tmp_path / "crown.csv"
    file.write_text(CROWN)
    rows = [tuple(map(int, line.split(",")[1:])) for line in CROWN.splitlines()[1:]]

    def fits(capacity: int, placed: tuple[int, ...] = ()) -> bool:
        if len(placed) == len(rows):
            return True
        lower, upper, size = rows[len(placed)]
        return any(
            all(
                not (lower < rows[other][1] and rows[other][0] < upper)
                or offset + size <= at
                or at + rows[other][2] <= offset
                for other, at in enumerate(placed)
            )
            and fits(capacity, (*placed, offset))
            for offset in range(capacity - size + 1)
        )

    least = next(capacity for capacity in itertools.count(3) if fits(capacity))
    found = result_of(file)
    assert found["arena_bytes"] == least
    assert found["optimal"] is True


def test_not_found_in_time(tmp_path: Path) -> None:
    """Nobody can say in a millisecond whether these fit: equal sums everywhere."""
    file = tmp_path / "hard.csv"
    lines = ["id,lower,upper,size"]
    for number in range(120):
        start = number * 37 % 97
        lines.append(f"b{number},{start},{start + 5 + number * 13 % 23},{1000 + number * 7919 % 4001}")
    file.write_text("\n".join(lines))
    least = result_of(file, "--timeout", "0.001")
    assert not least["optimal"]
    result = arenite("pack", file, "--capacity", str(least["lower_bound_bytes"]), "--timeout", "0.001")
    assert result.returncode == 1
    assert "was found in time; the best one needs" in result.stderr.splitlines()[-1]
    assert "raise --timeout or --capacity" in result.stderr


def test_fixed_offsets_and_alignments(tmp_path: Path) -> None:
    file = tmp_path / "fixed.csv"
    file.write_text("id,lower,upper,size,alignment,offset\na,0,2,3,1,8\nb,0,2,3,4,\nc,1,2,5,8,\n")
    found = {one["id"]: one["offset"] for one in result_of(file)["placements"]}
    assert found == {"a": 8, "b": 12, "c": 0} or (found["a"] == 8 and found["b"] % 4 == 0 and found["c"] % 8 == 0)
    file.write_text("id,lower,upper,size,offset\na,0,2,3,0\nb,0,2,3,2\n")
    refused(arenite("pack", file), "a and b are pinned onto the same bytes; change the fixed offsets")


def test_the_arena_is_aligned_on_request(example: Path) -> None:
    assert result_of(example, "--alignment", "16")["arena_bytes"] == 16


def test_regions_by_option_and_by_column(tmp_path: Path) -> None:
    file = tmp_path / "regions.csv"
    file.write_text("id,lower,upper,size,region\na,0,2,6,\nb,0,2,6,\nc,0,2,5,slow\nd,1,2,3,\n")
    target = tmp_path / "solution.csv"
    found = result_of(file, "--region", "fast=10@0x100", "--region", "slow=1K", "-o", target)
    assert [(one["name"], one["base"], one["used_bytes"], one["lower_bound_bytes"]) for one in found["regions"]] == [
        ("fast", 256, 9, 9), ("slow", None, 11, 11),
    ]  # fmt: skip
    assert found["optimal"] is True
    assert found["fits"] is True
    assert found["arena_bytes"] == 20
    solution = check_solution(target, 11)
    assert [list(one) for one in solution] == [["id", "lower", "upper", "size", "region", "offset"]] * 4
    assert solution[2]["region"] == "slow"
    for one, row in zip(found["placements"], solution, strict=True):
        assert (one["id"], one["region"], one["offset"]) == (row["id"], row["region"], int(row["offset"]))
        assert one.get("address") == (256 + one["offset"] if one["region"] == "fast" else None)
    found = result_of(file, "--region", "fast=10", "--region", "slow=1K", "--pin", "a=slow")
    assert next(one for one in found["placements"] if one["id"] == "a")["region"] == "slow"


def test_buffers_without_a_byte_in_use_lie_in_their_region_from_end_to_end(tmp_path: Path) -> None:
    """What is in a region, in use or not, counts there; no buffer of this kind makes a bound too high."""
    file = tmp_path / "gaps.csv"
    file.write_text("id,lower,upper,size,gaps\na,0,3,3,0-3\n")
    found = result_of(file, "--region", "fast=2", "--region", "slow=40")
    assert [(one["used_bytes"], one["lower_bound_bytes"]) for one in found["regions"]] == [(0, 0), (3, 3)]
    assert [one["region"] for one in found["placements"]] == ["slow"]
    assert result_of(file)["arena_bytes"] == 3
    file.write_text("id,lower,upper,size,offset\na,0,3,0,2\n")
    found = result_of(file, "--region", "fast=5", "--region", "slow=40")
    assert [one["used_bytes"] for one in found["regions"]] == [2, 0]
    # All may lie in "much", where 5 bytes are needed anyway.
    file.write_text(
        "upper,id,size,lower,gaps\n5,r0,1,2,2-3@1:1 4-5@0:0\n6,r1,5,5,\n4,r2,2,2,2-3@2:2\n6,r3,1,5,5-6\n3,r4,2,1,\n"
        "7,r5,4,5,5-6@2:2\n"
    )
    found = result_of(file, "--region", "few=1", "--region", "much=40", "--region", "last=6")
    bounds = {one["name"]: one["lower_bound_bytes"] for one in found["regions"]}
    assert bounds == {"few": 0, "much": 5, "last": 0}


def test_what_cannot_fit_is_told_before_any_search(tmp_path: Path) -> None:
    """The smallest arena of these is unknown for long; that they need more than a byte less than the sum is not."""
    file = tmp_path / "hard.csv"
    rows = [(number * 37 % 97, 5 + number * 13 % 23, 1000 + number * 7919 % 4001) for number in range(120)]
    file.write_text(
        "id,lower,upper,size\n" + "".join(f"b{n},{at},{at + life},{size}\n" for n, (at, life, size) in enumerate(rows))
    )
    most = max(sum(size for at, life, size in rows if at <= step < at + life) for step in range(130))
    found = result_of(file, "--capacity", most - 1, "--timeout", "600", status=1)
    assert (found["fits"], found["lower_bound_bytes"]) == (False, most)
    assert found["seconds"] < 60


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        ((), ("c is pinned to the region slow", "--region slow=SIZE")),
        (("--region", "fast=10"), ("c is pinned to slow, and there is no such region", "use one of fast")),
        (("--region", "slow=10", "--pin", "z=slow"), ("z is pinned, but there is no such buffer",)),
        (("--region", "slow=10", "--region", "x=10", "--pin", "c=x"), ("c is pinned to x and to slow",)),
        (("--region", "slow=4"), ("c needs 5 bytes and is pinned to slow, which has 4",)),
        (("--region", "slow=5", "--region", "x=4"), ("a alone needs 6 bytes, more than slow or x has",)),
        (("--region", "slow=10"), ("does not fit into slow of 10 bytes", "the time 0 needs 17 bytes, 7 more than")),
        (("--region", "slow=10", "--capacity", "10"), ("regions have sizes of their own", "leave out --capacity")),
        (("--region", "slow=0"), ("the region slow has no bytes",)),
    ],
)
def test_requests_that_make_no_sense(tmp_path: Path, arguments: tuple[str, ...], parts: tuple[str, ...]) -> None:
    file = tmp_path / "regions.csv"
    file.write_text("id,lower,upper,size,region\na,0,2,6,\nb,0,2,6,\nc,0,2,5,slow\n")
    refused(arenite("pack", file, *arguments), *parts)


def test_files_that_cannot_be_read_or_written(example: Path, tmp_path: Path) -> None:
    refused(arenite("pack", tmp_path), str(tmp_path), "directory")
    refused(arenite("pack", tmp_path / "none.csv"), "none.csv: No such file")
    refused(arenite("pack", example, "-o", tmp_path / "no" / "s.csv"), "its directory does not exist")
    refused(arenite("pack", example, "-o", example), "would be written over")
    assert example.read_text() == EXAMPLE
    (tmp_path / "utf16.csv").write_bytes(EXAMPLE.encode("utf-16"))
    refused(arenite("pack", tmp_path / "utf16.csv"), "is not UTF-8 text")
    (tmp_path / "null.csv").write_bytes(EXAMPLE.encode() + b"\0,0,1,\0\n")
    refused(arenite("pack", tmp_path / "null.csv"), "null.csv: line 7")
    target = tmp_path / "s.csv"
    refused(arenite("pack", example, "-o", target, "--json", target), "is named for two results")
    for arguments in (["--capacity", "x"], ["--timeout", "0"], ["--alignment", "3"], ["-o", "-"]):
        assert arenite("pack", example, *arguments).returncode == 2


def test_nothing_to_pack(tmp_path: Path) -> None:
    file = tmp_path / "none.csv"
    file.write_text("id,lower,upper,size\n")
    found = result_of(file, "--capacity", "0")
    assert (found["arena_bytes"], found["fits"], found["placements"]) == (0, True, [])
    found = result_of(file, "--region", "A=1K")
    assert (found["arena_bytes"], found["placements"]) == (0, [])
