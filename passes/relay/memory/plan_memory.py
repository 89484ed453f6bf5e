"""The static memory planner that USMP calls: ``config={"tir.usmp.custom_algorithm": ALGORITHM}`` after ``register()``.

It never needs more than the best of USMP's own planners, which run on the same buffers, and honours ``size_hint_bytes``
of pools as a limit. What it may write in place, and what must not share bytes although USMP allows it, is told by
``expect`` beforehand.

With inputs and outputs in the workspace and no pools given, TVM's default pool is internal to the generated code, and
TVM crashes when it prints an entry point without parameters. The plan then names a pool of the same name that the
caller provides, as if it had been given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from arenite.passes.relay.memory.memory_items import (
    Item,
    Pairs,
    Placement,
    Pool,
    pool_bytes,
    validate_placement,
    with_conflicts,
)
from arenite.passes.relay.memory.place_items import place
from arenite.relay_compat import tvm
from arenite.validate import InvalidPlan

ALGORITHM = "arenite"
BUILTINS = ("greedy_by_size", "greedy_by_conflicts", "hill_climb")
_UNLIMITED = -1
_INTERMEDIATE = 0


@dataclass(frozen=True)
class PoolUse:
    """``capacity_bytes`` is None for a pool without a limit."""

    name: str
    bytes: int
    capacity_bytes: int | None
    constant: bool = False


@dataclass(frozen=True)
class MemoryReport:
    """What the plan needs. ``arena_bytes`` is the total of the workspace pools, ``lower_bound_bytes`` what no plan for
    these buffers can undercut; ``builtins`` the total for each of USMP's planners on the same buffers, without writing
    in place, None where it found no valid plan. ``in_place``: pairs of buffers that share their bytes."""

    pools: tuple[PoolUse, ...]
    arena_bytes: int
    lower_bound_bytes: int
    builtins: Mapping[str, int | None]
    in_place: Pairs = frozenset()

    @property
    def optimal(self) -> bool:
        return self.arena_bytes == self.lower_bound_bytes


@dataclass(frozen=True)
class _Expected:
    """Of the next plan. ``planned`` gets its report."""

    in_place: Pairs = frozenset()
    apart: Pairs = frozenset()
    timeout: float = 10.0
    planned: Callable[[MemoryReport], None] | None = None


_expected = _Expected()


def register() -> None:
    """Make the planner known to USMP; more than one call does no harm."""
    tvm.register_func(f"tir.usmp.algo.{ALGORITHM}", _algorithm, override=True)


def expect(
    in_place: Pairs,
    timeout: float,
    planned: Callable[[MemoryReport], None] | None,
    *,
    apart: Pairs = frozenset(),
) -> None:
    """Say what holds for the next plan, and for it alone.

    Args:
        in_place: names of buffers that may share their bytes, see ``in_place.in_place_pairs``.
        apart: names of buffers that must not, although USMP sees no conflict, see ``io_conflicts.io_conflicts``.
        timeout: seconds.
        planned: gets the report.
    """
    global _expected
    _expected = _Expected(in_place, apart, timeout, planned)


def _algorithm(buffer_infos: Any, memory_pressure: Any) -> Any:
    global _expected
    expected, _expected = _expected, _Expected()
    allocations, report = plan(
        buffer_infos, memory_pressure, in_place=expected.in_place, apart=expected.apart, timeout=expected.timeout
    )
    if expected.planned is not None:
        expected.planned(report)
    return allocations


def plan(
    buffer_infos: Any,
    memory_pressure: Any,
    *,
    in_place: Pairs = frozenset(),
    apart: Pairs = frozenset(),
    timeout: float = 10.0,
) -> tuple[dict[Any, Any], MemoryReport]:
    """Places for ``buffer_infos`` (tir.usmp.BufferInfo) as USMP wants them: BufferInfo -> PoolAllocation.

    Args:
        memory_pressure: bytes that are live at most, as USMP counts them.
        in_place, apart, timeout: see ``expect``.

    Raises:
        AreniteError: they do not fit within the limits of the pools.
    """
    problem = _read(buffer_infos, apart)
    # TVM's planners are run on copies that know all conflicts: their results are to be valid candidates.
    results = {name: _run_builtin(name, problem, memory_pressure) for name in BUILTINS}
    valid = [placement for placement in results.values() if placement is not None]
    placed = place(problem.items, problem.pools, in_place, valid, timeout)
    allocations = {
        buffer: tvm.tir.usmp.utils.PoolAllocation(problem.pool_infos[pool], offset)
        for name, buffer in problem.buffers.items()
        for pool, offset in [placed.placement[name]]
    }
    return allocations, _report(problem, placed.placement, placed.lower_bound_bytes, results, in_place)


def builtin_bytes(name: str, buffer_infos: Any, memory_pressure: Any, *, apart: Pairs = frozenset()) -> int | None:
    """Total of the workspace pools in bytes by USMP's planner ``name``, None if it finds no valid plan."""
    problem = _read(buffer_infos, apart)
    placement = _run_builtin(name, problem, memory_pressure)
    return None if placement is None else _workspace_bytes(problem, placement)


@dataclass(frozen=True, eq=False)
class _UsmpProblem:
    """TVM's objects, by the names of ``items`` and ``pools``: ``candidates`` is what the buffers name, ``pool_infos``
    what the plan is to name."""

    items: tuple[Item, ...]
    pools: tuple[Pool, ...]
    buffers: Mapping[str, Any]
    candidates: Mapping[str, Any]
    pool_infos: Mapping[str, Any]


def _read(buffer_infos: Any, apart: Pairs) -> _UsmpProblem:
    """USMP hands buffers over in the order of their addresses; here they are in that of their names."""
    buffers = {str(buffer.name_hint): buffer for buffer in sorted(buffer_infos, key=lambda info: str(info.name_hint))}
    name_of: dict[Any, str] = {}
    for buffer in buffers.values():
        for info in buffer.pool_candidates:
            if info not in name_of:
                # A workspace pool and a pool of constants may have one name and are still different.
                name, taken = str(info.pool_name), set(name_of.values())
                name_of[info] = name if name not in taken else f"{name} ({len(taken)})"
    items = tuple(
        Item(
            name,
            int(buffer.size_bytes),
            max(int(buffer.alignment), 1),
            tuple(dict.fromkeys(name_of[info] for info in buffer.pool_candidates)),
            frozenset(str(other.name_hint) for other in buffer.conflicts) - {name},
        )
        for name, buffer in buffers.items()
    )
    pools = tuple(
        Pool(
            name,
            None if int(info.size_hint_bytes) == _UNLIMITED else int(info.size_hint_bytes),
            isinstance(info, tvm.ir.memory_pools.ConstantPoolInfo),
        )
        for info, name in name_of.items()
    )
    io_inside = any(int(buffer.kind) != _INTERMEDIATE for buffer in buffers.values())
    infos = {name: _external(info) if io_inside else info for info, name in name_of.items()}
    candidates = {name: info for info, name in name_of.items()}
    return _UsmpProblem(with_conflicts(items, apart), pools, buffers, candidates, infos)


def _external(info: Any) -> Any:
    """The pool itself, or if it is the workspace that TVM makes where none is given, one like it for the caller."""
    if not info.is_internal or isinstance(info, tvm.ir.memory_pools.ConstantPoolInfo):
        return info
    return tvm.ir.memory_pools.WorkspacePoolInfo(info.pool_name, list(info.targets))


def _run_builtin(name: str, problem: _UsmpProblem, memory_pressure: Any) -> Placement | None:
    """Of copies of the buffers: hill_climb need not end where a buffer names a conflict twice, as buffers of a function
    that is called twice do."""
    usmp = tvm.tir.usmp.utils
    copies = {
        item.name: usmp.BufferInfo(
            item.name, item.bytes, list(problem.buffers[item.name].pool_candidates), item.alignment
        )
        for item in problem.items
    }
    for item in problem.items:
        copies[item.name].set_conflicts([copies[other] for other in sorted(item.conflicts) if other in copies])
    try:
        algorithm = tvm.get_global_func(f"tir.usmp.algo.{name}")
        found = algorithm(list(copies.values()), tvm.tir.IntImm("int32", int(memory_pressure)))
        pool_name = {info: pool for pool, info in problem.candidates.items()}
        placement = {
            str(copy.name_hint): (pool_name[allocation.pool_info], int(allocation.byte_offset))
            for copy, allocation in found.items()
        }
        validate_placement(problem.items, problem.pools, placement)
    except (tvm.TVMError, InvalidPlan, ValueError):
        return None
    return placement


def _workspace_bytes(problem: _UsmpProblem, placement: Placement) -> int:
    constant = {pool.name for pool in problem.pools if pool.constant}
    return sum(size for pool, size in pool_bytes(problem.items, placement).items() if pool not in constant)


def _report(
    problem: _UsmpProblem,
    placement: Placement,
    lower_bound_bytes: int,
    builtins: Mapping[str, Placement | None],
    in_place: Pairs,
) -> MemoryReport:
    sizes = pool_bytes(problem.items, placement)
    uses = tuple(
        PoolUse(pool.name, sizes.get(pool.name, 0), pool.capacity_bytes, pool.constant) for pool in problem.pools
    )
    totals = {name: None if found is None else _workspace_bytes(problem, found) for name, found in builtins.items()}
    shared = frozenset(
        both for both in in_place if set(both) <= placement.keys() and placement[both[0]] == placement[both[1]]
    )
    return MemoryReport(uses, _workspace_bytes(problem, placement), lower_bound_bytes, totals, shared)
