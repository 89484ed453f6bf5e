"""What a plan says, as data: the JSON object of ``arenite plan --json`` and the figures that tables and maps show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from pathlib import Path

import numpy as np

from arenite import __version__
from arenite.graph import ArenaPlan
from arenite.report.regions_json import place_json, regions_json

SCHEMA = "arenite.plan/1"


@dataclass(frozen=True)
class Placement:
    """A buffer where it lies: bytes ``offset .. offset + bytes`` during the closed range of steps.

    ``over`` names the buffer that it is written over while that is read for the last time, ``under`` the one that is
    written over it; both are empty where nothing is written in place.
    """

    index: int
    name: str
    role: str
    bytes: int
    offset: int
    first_step: int
    last_step: int
    producer: str
    aliases: tuple[str, ...]
    over: str = ""
    under: str = ""


def working_sets(plan: ArenaPlan) -> tuple[int, ...]:
    """Bytes of the arena in use during each step, in execution order; bytes that two buffers share count once."""
    return bytes_in_use(placements(plan), len(plan.order))


def bytes_in_use(placed: Iterable[Placement], steps: int) -> tuple[int, ...]:
    """Bytes that lie in a buffer during each of ``steps`` steps; bytes that two buffers share count once."""
    placed = list(placed)
    starts = np.array([one.offset for one in placed], np.int64)
    ends = starts + np.array([one.bytes for one in placed], np.int64)
    edges = np.unique(np.concatenate([starts, ends]))
    lengths, users = np.diff(edges), np.zeros(max(len(edges) - 1, 0), np.int64)
    low, high = np.searchsorted(edges, starts).tolist(), np.searchsorted(edges, ends).tolist()
    births: list[list[int]] = [[] for _ in range(steps + 1)]
    deaths: list[list[int]] = [[] for _ in range(steps + 1)]
    for number, one in enumerate(placed):
        if one.first_step < steps:
            births[one.first_step].append(number)
            deaths[min(one.last_step + 1, steps)].append(number)
    found, used = [], 0
    for step in range(steps):
        # Only what changes is counted anew: plans of rows have thousands of steps.
        for number in deaths[step]:
            part = slice(low[number], high[number])
            users[part] -= 1
            used -= int(lengths[part][users[part] == 0].sum())
        for number in births[step]:
            part = slice(low[number], high[number])
            used += int(lengths[part][users[part] == 0].sum())
            users[part] += 1
        found.append(used)
    return tuple(found)


def peak_step(plan: ArenaPlan) -> int | None:
    """The first step whose working set is the largest; None for a plan without steps."""
    sets = working_sets(plan)
    return sets.index(max(sets)) if sets else None


def producers(plan: ArenaPlan) -> dict[int, int]:
    """Position in the execution order of the step that writes a buffer, by index of the buffer. Inputs are absent."""
    return {
        buffer: position for position, step in enumerate(plan.order) for buffer in plan.graph.steps[step].writes
    }  # fmt: skip


def roles(plan: ArenaPlan) -> tuple[str, ...]:
    """``input``, ``output``, ``scratch`` or ``tensor`` for each buffer; what is both input and output is an input."""
    graph = plan.graph
    read = {index for step in graph.steps for index in step.reads}
    return tuple(
        "input" if index in graph.inputs
        else "output" if index in graph.outputs
        else "scratch" if buffer.source_tensor is None and index not in read
        else "tensor"
        for index, buffer in enumerate(graph.buffers)
    )  # fmt: skip


def written_in_place(plan: ArenaPlan) -> tuple[tuple[int, int], ...]:
    """Pairs (source, result) of buffers of which the second is written over the first in this layout, by result."""
    return tuple(
        pair for pair in sorted(plan.problem.in_place, key=lambda pair: pair[::-1]) if _share_bytes(plan, *pair)
    )  # fmt: skip


def placements(plan: ArenaPlan) -> tuple[Placement, ...]:
    """Every buffer of the plan where it lies, in the order of the graph's buffers."""
    writers, kinds = producers(plan), roles(plan)
    names = [buffer.name for buffer in plan.graph.buffers]
    pairs = written_in_place(plan)
    over = {result: names[source] for source, result in pairs}
    under = {source: names[result] for source, result in pairs}
    return tuple(
        Placement(
            index=index,
            name=buffer.name,
            role=kinds[index],
            bytes=buffer.bytes,
            offset=offset,
            first_step=block.first_step,
            last_step=block.last_step,
            producer=plan.graph.steps[plan.order[writers[index]]].name if index in writers else "",
            aliases=tuple(alias.name for alias in buffer.aliases),
            over=over.get(index, ""),
            under=under.get(index, ""),
        )
        for index, (buffer, block, offset) in enumerate(
            zip(plan.graph.buffers, plan.problem.blocks, plan.offsets, strict=True)
        )
    )


def short_name(name: str, longest: int) -> str:
    """What tells a tensor from its neighbours: converters join the names of fused operators with semicolons and
    prefix each with its scopes. The last two scopes of the first name, cut in the middle if still too long."""
    plain = "".join(character if character.isprintable() else "?" for character in name)
    first = plain.split(";")[0].strip("/ ") or plain
    parts = first.split("/")
    text = first if len(first) <= longest else "/".join(parts[-2:])
    text = text if len(text) <= longest else parts[-1]
    if len(text) <= longest:
        return text
    head = (longest - 1) // 2
    return f"{text[:head]}…{text[len(text) - (longest - 1 - head) :]}"


def saving(plan: ArenaPlan) -> float:
    """The share of the best arena in file order that the plan does without: 0.25 for a quarter; negative if it lost."""
    return 1 - plan.arena_bytes / plan.source_order_bytes if plan.source_order_bytes else 0.0


def _rows_json(operators_bytes: int | None, pushed_rows: int, eager_ops: Sequence[int]) -> dict[str, object]:
    return {"operators_bytes": operators_bytes, "pushed_rows": pushed_rows, "eager_ops": list(eager_ops)}


def plan_json(
    plan: ArenaPlan,
    model_file: str,
    *,
    granularity: str = "op",
    source_names: Sequence[str] = (),
    operators_bytes: int | None = None,
    pushed_rows: int = 0,
    eager_ops: Sequence[int] = (),
) -> dict[str, object]:
    """The object of ``arenite plan --json``: bytes, closed live ranges, half-open rows.

    A tensor that is the same bytes as another (the result of a RESHAPE) stands in ``buffers`` beside it, and the two
    are named in ``overlaps``, as is every pair that is written in place. Beyond the schema: ``version``, ``macs`` and
    ``working_set_bytes`` of each step, and ``source_name`` of each buffer if ``source_names``, what the model file
    calls its tensors, are given. With memory regions: ``regions``, and in each buffer its ``region``, from whose start
    its ``offset`` counts, and its ``address``. Inputs and outputs in the caller's memory stand in ``caller_buffers``.
    Where ``granularity`` is "row": ``operators_bytes``, the arena of whole operators in their best order, and
    ``pushed_rows``, how many rows of the input the caller hands in; ``eager_ops``, operators of the model file, all of
    whose steps that need only rows up to one run before the next row comes.
    """
    graph = plan.graph
    names = tensor_names(plan)
    steps = [
        {
            "op": step.name,
            "source_ops": list(step.source_ops),
            "reads": [names[buffer][0] for buffer in step.reads],
            "writes": [names[buffer][0] for buffer in step.writes],
            "macs": step.macs,
            "working_set_bytes": working_set,
        }
        for step, working_set in zip((graph.steps[index] for index in plan.order), working_sets(plan), strict=True)
    ]
    buffers: list[dict[str, object]] = []
    elsewhere: list[dict[str, object]] = []
    for index, (buffer, block) in enumerate(zip(graph.buffers, plan.problem.blocks, strict=True)):
        sources = [
            (buffer.source_tensor, buffer.rows),
            *((alias.source_tensor, alias.rows) for alias in buffer.aliases),
        ]
        listed = elsewhere if buffer.caller_bytes else buffers
        listed += [
            {
                "tensor": name,
                "source_tensor": source,
                **({"source_name": source_names[source]} if source is not None and source_names else {}),
                "rows": list(rows),
                "bytes": buffer.caller_bytes or buffer.bytes,
                **({} if buffer.caller_bytes else place_json(plan, index)),
                "first_step": block.first_step,
                "last_step": block.last_step,
            }
            for name, (source, rows) in zip(names[index], sources, strict=True)
        ]
    return {
        "schema": SCHEMA,
        "version": __version__,
        "model": Path(model_file).name,
        "granularity": granularity,
        "arena_bytes": plan.arena_bytes,
        "lower_bound_bytes": plan.lower_bound_bytes,
        "optimal": plan.optimal,
        "source_order_bytes": plan.source_order_bytes,
        **(_rows_json(operators_bytes, pushed_rows, eager_ops) if granularity == "row" else {}),
        "state_bytes": graph.state_bytes,
        "alignment": plan.problem.alignment,
        "seconds": round(plan.seconds, 6),
        **regions_json(plan),
        "steps": steps,
        "buffers": buffers,
        **({"caller_buffers": elsewhere} if elsewhere else {}),
        "overlaps": _overlaps(plan, names),
    }


def tensor_names(plan: ArenaPlan) -> list[list[str]]:
    """For each buffer its name and those of its aliases. Model files may give one name to several tensors; here each
    name is made to stand for one tensor, because steps refer to buffers by name."""
    taken: set[str] = set()

    def unique(name: str) -> str:
        candidate, count = name, 1
        while candidate in taken:
            count += 1
            candidate = f"{name}#{count}"
        taken.add(candidate)
        return candidate

    first = [unique(buffer.name) for buffer in plan.graph.buffers]
    return [
        [name, *(unique(alias.name) for alias in buffer.aliases)]
        for name, buffer in zip(first, plan.graph.buffers, strict=True)
    ]


def _overlaps(plan: ArenaPlan, names: Sequence[Sequence[str]]) -> list[list[str]]:
    """Pairs of names that share bytes in a common step: the same bytes under two names, or written in place."""
    placed = [group for group, buffer in zip(names, plan.graph.buffers, strict=True) if not buffer.caller_bytes]
    pairs = [list(pair) for group in placed for pair in combinations(group, 2)]
    allowed = plan.problem.overlaps | {(min(pair), max(pair)) for pair in plan.problem.in_place}
    for i, j in sorted(allowed):
        if _share_bytes(plan, i, j):
            pairs += [list(pair) for pair in product(names[i], names[j])]
    return pairs


def _share_bytes(plan: ArenaPlan, i: int, j: int) -> bool:
    """Whether two buffers have a step and a byte in common."""
    one, other = plan.problem.blocks[i], plan.problem.blocks[j]
    same_step = one.first_step <= other.last_step and other.first_step <= one.last_step
    same_byte = plan.offsets[i] < plan.offsets[j] + other.bytes and plan.offsets[j] < plan.offsets[i] + one.bytes
    return same_step and same_byte
