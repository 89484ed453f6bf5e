"""What `arenite plan --json` promises of a plan of rows, checked naively and with nothing but the JSON.

Nothing here imports arenite. ``whole`` is the object for the same model with ``--granularity op``: it says which
tensors there are, how large they are and in which rows, and which operators compute them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

Json = Mapping[str, Any]
PUSH = re.compile(r"push\[(\d+)(?::(\d+))?\]")
PIECE = re.compile(r"\[(\d+)(?::(\d+))?\]$")


def check_row_plan(plan: Json, whole: Json, *, pushed: bool = False, eager: bool = False) -> None:
    """Raises AssertionError where a plan of rows breaks a promise."""
    assert plan["schema"] == "arenite.plan/1"
    assert plan["granularity"] == "row"
    assert whole["granularity"] == "op"
    assert 0 <= plan["lower_bound_bytes"] <= plan["arena_bytes"]
    assert plan["optimal"] == (plan["lower_bound_bytes"] == plan["arena_bytes"])
    assert plan["operators_bytes"] > 0
    names = [buffer["tensor"] for buffer in plan["buffers"]]
    assert len(names) == len(set(names)), "a name stands for two buffers"
    _check_tensors(plan, whole, pushed)
    _check_steps(plan, whole)
    _check_live_ranges(plan, whole, pushed)
    _check_bytes(plan)
    _check_overlaps(plan)
    _check_glue(plan, whole, pushed)
    if pushed:
        _check_pushes(plan, eager)
    else:
        assert plan["pushed_rows"] == 0
        assert not any(step["op"].startswith("push[") for step in plan["steps"])


def _check_tensors(plan: Json, whole: Json, pushed: bool) -> None:
    """The pieces of a tensor are its bytes, and cover its rows: half-open, each row once."""
    pieces: dict[int, list[Json]] = {}
    for buffer in plan["buffers"]:
        first, last = buffer["rows"]
        assert 0 <= first < last
        if buffer["source_tensor"] is None:
            assert "source_name" not in buffer
            assert "_sums" not in buffer["tensor"] or buffer["rows"] == [0, 1]
        else:
            pieces.setdefault(buffer["source_tensor"], []).append(buffer)
    known = {one["source_tensor"]: one for one in whole["buffers"] if one["source_tensor"] is not None}
    assert set(pieces) == set(known)
    for number, parts in pieces.items():
        tensor = known[number]
        assert sum(part["bytes"] for part in parts) == tensor["bytes"], tensor["tensor"]
        assert {part["source_name"] for part in parts} == {tensor["source_name"]}
        rows = [part["rows"] for part in parts]
        if tensor["rows"] == [0, 1]:  # what has no height: every piece is of its one row
            assert all(one == [0, 1] for one in rows)
        else:
            covered = Counter(row for first, last in rows for row in range(first, last))
            assert set(covered) == set(range(*tensor["rows"])), tensor["tensor"]
            indices = [found for part in parts if (found := PIECE.search(part["tensor"]))]
            ranges = [(int(one[1]), int(one[2] or int(one[1]) + 1)) for one in indices]
            if max((last for _, last in ranges), default=0) == tensor["rows"][1] - tensor["rows"][0]:
                begin = tensor["rows"][0]
                assert rows == [[begin + first, begin + last] for first, last in ranges], tensor["tensor"]
    if pushed:
        assert plan["caller_buffers"]
        assert all(one["bytes"] == known[one["source_tensor"]]["bytes"] for one in plan["caller_buffers"])


def _check_steps(plan: Json, whole: Json) -> None:
    """Every operator computes as much as before, in steps whose rows ascend; a step names what it does."""
    macs: Counter[str] = Counter()
    rows: dict[str, list[int]] = {}
    sources = {step["op"]: step["source_ops"] for step in whole["steps"]}
    for step in plan["steps"]:
        if PUSH.fullmatch(step["op"]):
            assert (step["source_ops"], step["macs"]) == ([], 0)
            continue
        name = PIECE.sub("", step["op"])
        assert step["source_ops"] == sources[name], step["op"]
        macs[name] += step["macs"]
        if found := PIECE.search(step["op"]):
            rows.setdefault(name, []).append(int(found[1]))
        else:
            assert name not in rows
            rows[name] = [0]
    assert set(rows) == set(sources)
    assert all(macs[step["op"]] == step["macs"] for step in whole["steps"])
    for name, firsts in rows.items():
        # An operator with several accumulators takes in the rows of each from the first on.
        assert all(one < other or other < one for one, other in pairwise(firsts)), name
    names = {buffer["tensor"] for buffer in (*plan["buffers"], *plan.get("caller_buffers", ()))}
    assert all(name in names for step in plan["steps"] for name in (*step["reads"], *step["writes"]))


def _check_live_ranges(plan: Json, whole: Json, pushed: bool) -> None:
    """A row lives from the step that writes it to the last that reads it, closed; nothing is read before that."""
    last = len(plan["steps"]) - 1
    touched: dict[str, list[int]] = {}
    written: dict[str, int] = {}
    elsewhere = {buffer["tensor"] for buffer in plan.get("caller_buffers", ())}
    inputs, outputs = _ports(whole)
    for place, step in enumerate(plan["steps"]):
        for name in (*step["reads"], *step["writes"]):
            touched.setdefault(name, []).append(place)
        for name in step["writes"]:
            written.setdefault(name, place)
    for buffer in plan["buffers"]:
        name, source = buffer["tensor"], buffer["source_tensor"]
        if not _first_name(plan, name):
            continue
        if source in inputs and not pushed:
            assert buffer["first_step"] == 0
            assert name not in written
        else:
            assert buffer["first_step"] == written[name]
        uses = touched.get(name, [0])
        if source in outputs:
            assert buffer["last_step"] == last
        else:
            assert buffer["last_step"] == uses[-1], name
        assert uses[0] >= buffer["first_step"], f"{name} is read before it is written"
    assert all(not set(step["writes"]) & elsewhere for step in plan["steps"])


def _ports(whole: Json) -> tuple[set[int], set[int]]:
    """Tensors that no step writes, and those that live until the end though nobody reads them then."""
    written = {name for step in whole["steps"] for name in step["writes"]}
    read = {name for step in whole["steps"] for name in step["reads"]}
    last = len(whole["steps"]) - 1
    first_names = [one for one in whole["buffers"] if _first_name(whole, one["tensor"])]
    inputs = {one["source_tensor"] for one in first_names if one["tensor"] not in written}
    outputs = {
        one["source_tensor"] for one in first_names
        if one["last_step"] == last and one["source_tensor"] is not None
        and (one["tensor"] not in read or one["tensor"] not in whole["steps"][last]["reads"])
    }  # fmt: skip
    return inputs, outputs


def _first_name(plan: Json, name: str) -> bool:
    """Whether steps call these bytes so: a later name of the same bytes stands in ``overlaps`` behind the first."""
    by_name = {buffer["tensor"]: buffer for buffer in plan["buffers"]}
    keys = ("offset", "bytes", "first_step", "last_step")
    return not any(
        second == name and all(by_name[first][key] == by_name[second][key] for key in keys)
        for first, second in plan["overlaps"]
    )


def _check_bytes(plan: Json) -> None:
    """No two buffers that live in a common step share bytes, save for named pairs; the arena ends where they end; the
    working sets are the bytes in use."""
    buffers = plan["buffers"]
    low, size, first, last = (
        np.array([buffer[key] for buffer in buffers]) for key in ("offset", "bytes", "first_step", "last_step")
    )
    excused = {frozenset(pair) for pair in plan["overlaps"]}
    for place, one in enumerate(buffers):
        together = (first[:place] <= one["last_step"]) & (one["first_step"] <= last[:place])
        shared = (low[:place] < one["offset"] + one["bytes"]) & (one["offset"] < low[:place] + size[:place])
        for other in np.flatnonzero(together & shared):
            pair = frozenset((one["tensor"], buffers[other]["tensor"]))
            assert pair in excused, f"{sorted(pair)} share bytes"
    end = max(buffer["offset"] + buffer["bytes"] for buffer in buffers)
    assert plan["arena_bytes"] == -(-end // plan["alignment"]) * plan["alignment"]
    for place, step in enumerate(plan["steps"]):
        used = np.zeros(plan["arena_bytes"], bool)
        for index in np.flatnonzero((first <= place) & (place <= last)):
            used[low[index] : low[index] + size[index]] = True
        assert step["working_set_bytes"] == int(used.sum()), step["op"]


def _check_overlaps(plan: Json) -> None:
    """Two names of the same bytes; or a row over that of an operand which is read for the last time."""
    by_name = {buffer["tensor"]: buffer for buffer in plan["buffers"]}
    for pair in plan["overlaps"]:
        first, second = sorted((by_name[name] for name in pair), key=lambda one: one["first_step"])
        if all(first[key] == second[key] for key in ("offset", "bytes", "first_step", "last_step")):
            continue
        step = plan["steps"][second["first_step"]]
        assert first["last_step"] == second["first_step"], pair
        assert first["offset"] == second["offset"], pair
        assert second["bytes"] <= first["bytes"], pair
        places = {name for name in by_name if _same_bytes(by_name, first["tensor"], name)}
        assert places & set(step["reads"]), pair
        assert {name for name in by_name if _same_bytes(by_name, second["tensor"], name)} & set(step["writes"]), pair


def _same_bytes(by_name: Mapping[str, Json], one: str, other: str) -> bool:
    return all(by_name[one][key] == by_name[other][key] for key in ("offset", "bytes", "first_step", "last_step"))


def _check_glue(plan: Json, whole: Json, pushed: bool) -> None:
    """The rows of an input that lies in the arena, and those of an output, lie one behind the other."""
    inputs, outputs = _ports(whole)
    for number in outputs | (set() if pushed else inputs):
        parts = sorted(
            (one for one in plan["buffers"] if one["source_tensor"] == number), key=lambda one: one["offset"]
        )
        assert all(one["offset"] + one["bytes"] == other["offset"] for one, other in pairwise(parts)), number
        order = [int(found[1]) for part in parts if (found := PIECE.search(part["tensor"]))]
        assert order == sorted(order)


def _check_pushes(plan: Json, eager: bool) -> None:
    """The caller hands in the rows in turn, each just before it is needed; or, eagerly, the next one when everything is
    done that needs no later one: of the operators that the plan names, or of all."""
    steps, handed = plan["steps"], list[int]()
    outside = [buffer["tensor"] for buffer in plan["caller_buffers"]]
    stage: dict[str, int] = {}
    for place, step in enumerate(steps):
        found = PUSH.fullmatch(step["op"])
        if found is None:
            needed = [stage[name] for name in step["reads"] if name in stage]
            mine = max(needed, default=0)
            for name in step["writes"]:
                stage[name] = mine
            if eager or (step["source_ops"] and set(plan["eager_ops"]).issuperset(step["source_ops"])):
                assert mine == len(handed) - 1 or not handed, f"{step['op']} runs late"
            continue
        first = int(found[1])
        last = int(found[2] or first + 1)
        assert first == (handed[-1] if handed else 0)
        assert step["reads"] == outside[:1]
        rest = [other for other in steps[place:] if not PUSH.fullmatch(other["op"])]
        coming = {other["writes"][0] for other in steps[place:] if PUSH.fullmatch(other["op"])}
        if not eager and any(coming.intersection(other["reads"]) for other in rest):
            assert coming.intersection(rest[0]["reads"]), f"{step['op']} comes before it is needed"
        for name in step["writes"]:
            stage[name] = len(handed)
        handed.append(last)
    assert handed[-1] == plan["pushed_rows"]
