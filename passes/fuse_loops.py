"""The loop nests of one PrimFunc merged, so that what one of them hands to the next needs little memory or none."""

from __future__ import annotations

from typing import Any

from arenite.tvm_compat import s_tir
from arenite.tvm_loops import child_blocks, loop_cost, lower_temporaries, only_moves, serial, writes_temporary

MOVED_AGAIN = 3.0
COMPUTED_AGAIN = 1.25
"""By this factor the work of a function may grow to save one temporary: what only moves values about, as padding does,
may be repeated more often than what computes."""


def fuse_loops(function: Any) -> Any:
    """A PrimFunc that computes the same with fewer and smaller temporaries: producers are inlined into their readers,
    or computed right before their values are needed, wherever that does not repeat much work; sums start before their
    loops, not inside.

    What remains is allocated at the root if it is an array, where ``HoistTemporaries`` finds it, and where it is used
    if it is one number. Functions whose loops TVM cannot schedule come back as they are.
    """
    function = serial(function)
    try:
        schedule = s_tir.Schedule(function)
        for name in reversed(child_blocks(schedule)):
            if writes_temporary(schedule, name):
                schedule = _fused(schedule, name)
        for name in child_blocks(schedule):
            schedule = _with_init_outside(schedule, name)
        return lower_temporaries(schedule.mod["main"])
    except s_tir.ScheduleError:
        return function


def _fused(schedule: Any, name: str) -> Any:
    """The schedule with this block moved as close to its readers as the budget allows."""
    factor = MOVED_AGAIN if only_moves(schedule, name) else COMPUTED_AGAIN
    budget = factor * loop_cost(schedule.mod["main"])
    trial = schedule.copy()
    try:
        trial.compute_inline(trial.get_sblock(name))
    except s_tir.ScheduleError:
        pass
    else:
        if loop_cost(trial.mod["main"]) <= budget:
            return trial
    consumers = schedule.get_consumers(schedule.get_sblock(name))
    depths = range(len(schedule.get_loops(consumers[0]))) if consumers else range(0)
    for depth in reversed(depths):
        trial = schedule.copy()
        block = trial.get_sblock(name)
        try:
            trial.compute_at(block, trial.get_loops(trial.get_consumers(block)[0])[depth])
        except s_tir.ScheduleError:
            continue
        if loop_cost(trial.mod["main"]) <= budget:
            return trial
    return schedule


def _with_init_outside(schedule: Any, name: str) -> Any:
    """The schedule with the initial value of a reduction set by a loop nest of its own."""
    if schedule.get(schedule.get_sblock(name)).init is None:
        return schedule
    for depth in reversed(range(len(schedule.get_loops(schedule.get_sblock(name))))):
        trial = schedule.copy()
        block = trial.get_sblock(name)
        try:
            trial.decompose_reduction(block, trial.get_loops(block)[depth])
        except s_tir.ScheduleError:
            continue
        return trial
    return schedule
