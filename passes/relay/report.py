"""What arenite did in a ``relay.build``, and what it is worth."""

from __future__ import annotations

from dataclasses import dataclass

from arenite.passes.relay.baseline import Baseline
from arenite.passes.relay.memory.plan_memory import MemoryReport
from arenite.passes.relay.order.reorder_schedule import ScheduleReport
from arenite.passes.relay.quantised import MatchReport


@dataclass(frozen=True)
class Report:
    """``baseline`` is None where the build was made without a comparison. Bytes are totals of the workspace pools.

    ``operators``: how many run arenite's kernels.
    """

    operators: int
    matches: MatchReport
    schedule: ScheduleReport | None
    memory: MemoryReport
    baseline: Baseline | None

    @property
    def workspace_bytes(self) -> int:
        return self.memory.arena_bytes

    @property
    def lower_bound_bytes(self) -> int:
        """No order of the calls and no offsets do with less."""
        found = self.memory.lower_bound_bytes if self.schedule is None else self.schedule.lower_bound_bytes
        return min(found, self.memory.arena_bytes)

    @property
    def optimal(self) -> bool:
        return self.lower_bound_bytes == self.workspace_bytes

    @property
    def saved_bytes(self) -> int | None:
        """How much less than the best of TVM's planners in the unmodified build; None without comparison."""
        return None if self.baseline is None else self.baseline.best_bytes - self.memory.arena_bytes

    def __str__(self) -> str:
        proof = "proven optimal" if self.optimal else f"no less than {self.lower_bound_bytes:,} possible"
        lines = [f"workspace           {self.memory.arena_bytes:>11,} bytes, {proof}"]
        for pool in self.memory.pools:
            limit = f" of {pool.capacity_bytes:,}" if pool.capacity_bytes is not None else ""
            lines.append(f"  pool {pool.name:<12}  {pool.bytes:>11,} bytes{limit}")
        if self.baseline is not None:
            for name, size in self.baseline.bytes.items():
                text = "       does not fit" if size is None else f"{size:>11,} bytes"
                lines.append(f"  TVM, {name:<20}".ljust(20) + text)
            lines.append(f"saved               {self.saved_bytes:>11,} bytes")
        lines.append(f"operators           {self.operators:>11,} run arenite's kernels")
        for left in self.matches.left:
            lines.append(f"  left to TVM: {left.operator} {left.source}: {left.reason}".rstrip())
        return "\n".join(lines)
