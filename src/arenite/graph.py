"""The planning problem and its answers, as frozen data. No TVM, no model files.

Bytes are counted everywhere. Steps are positions in an execution order, counted from 0; live ranges are *closed*:
a buffer with ``first_step=2, last_step=4`` holds its bytes during steps 2, 3 and 4.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Alias:
    """Another tensor of the source model that is the same bytes (the result of a RESHAPE, for instance)."""

    name: str
    source_tensor: int | None
    rows: tuple[int, int] = (0, 1)


@dataclass(frozen=True)
class Buffer:
    """Bytes that live in the arena: a model input or output, an intermediate tensor, kernel scratch.

    Scratch is a buffer that one step writes and nobody reads; ``source_tensor`` is None for it, and for what a frontend
    inserted.
    ``alignment`` is what the element type needs (1 or 4); ``rows`` is the half-open range of the tensor's height, which
    is 1 for anything but NHWC tensors. ``caller_bytes``: of an input or output that lies in the caller's memory and
    therefore needs 0 ``bytes`` of the arena.
    """

    name: str
    bytes: int
    alignment: int = 1
    source_tensor: int | None = None
    rows: tuple[int, int] = (0, 1)
    aliases: tuple[Alias, ...] = ()
    caller_bytes: int = 0


@dataclass(frozen=True)
class Step:
    """One unit of execution. ``reads`` and ``writes`` are indices of buffers, each at most once;
    ``source_ops`` are operator indices of the model file that this step computes.

    ``in_place``: pairs (read, written) of buffers. The written one may begin at the same byte as the read one if
    nobody needs that any more when the step is done: no later step reads it and it is no output of the graph. It is not
    the larger one. At most one pair of a step is made use of.
    """

    name: str
    reads: tuple[int, ...]
    writes: tuple[int, ...]
    source_ops: tuple[int, ...] = ()
    macs: int = 0
    in_place: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Glue:
    """Buffers or blocks at fixed distances: the offset of ``members[i][0]`` is that of the group plus
    ``members[i][1]`` bytes."""

    members: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Graph:
    """Steps and the buffers between them; ``steps`` stand in source order, which is a valid one.

    Every buffer is written by exactly one step, or by none if it is an input. ``after`` holds pairs ``(a, b)`` of
    steps where a must run before b although no buffer says so (side effects on state). An input is live from
    step 0, an output until the last step; a buffer that nobody reads lives only while its step runs. A step may change
    what it reads, if ``after`` puts all others that read it before or behind.

    ``glued``: buffers that are pieces of one contiguous tensor, yet live on their own; each in one group at most.
    """

    name: str
    buffers: tuple[Buffer, ...]
    steps: tuple[Step, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    after: tuple[tuple[int, int], ...] = ()
    state_bytes: int = 0
    glued: tuple[Glue, ...] = ()


@dataclass(frozen=True)
class Schedule:
    """An execution order: ``order[i]`` is the index in ``graph.steps`` of what runs at position i.

    ``peak_bytes`` is the largest sum of live bytes over the steps (no packing, no rounding; what can be written in
    place is not counted twice);
    ``lower_bound_bytes`` is a peak that no order can undercut; ``optimal`` says that both are equal.
    """

    order: tuple[int, ...]
    peak_bytes: int
    lower_bound_bytes: int

    @property
    def optimal(self) -> bool:
        return self.peak_bytes == self.lower_bound_bytes


@dataclass(frozen=True)
class Block:
    """A buffer with a fixed live range (closed, in steps): what the packer places. ``pinned`` is an offset that the
    caller has fixed, in bytes."""

    name: str
    bytes: int
    first_step: int
    last_step: int
    alignment: int = 1
    pinned: int | None = None


@dataclass(frozen=True)
class Problem:
    """Find an offset for each block so that no two blocks that share a step share a byte.

    ``glued``: groups of blocks that keep their relative positions (rows of one contiguous tensor).
    ``overlaps``: pairs ``(i, j)``, i < j, that may share bytes although both are live.
    ``in_place``: pairs ``(source, result)`` of blocks with a single step in common, the last of the source and the
    first of the result, that may share bytes there if both have the same offset. The result is not the larger one. Of
    all pairs that meet in one step, one at most is made use of.
    ``alignment``: of the arena's base, in bytes; the arena's size is rounded up to it.
    """

    blocks: tuple[Block, ...]
    glued: tuple[Glue, ...] = ()
    overlaps: frozenset[tuple[int, int]] = field(default_factory=frozenset)
    alignment: int = 16
    in_place: frozenset[tuple[int, int]] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Plan:
    """Offsets in bytes from the arena's base, one per block of the problem.

    ``arena_bytes`` is the largest end of a block, rounded up to the problem's alignment; ``lower_bound_bytes``, rounded
    likewise, is what no layout of these blocks can undercut (the peak of live bytes, or the arena itself when an
    exhaustive search found nothing smaller).
    """

    offsets: tuple[int, ...]
    arena_bytes: int
    lower_bound_bytes: int

    @property
    def optimal(self) -> bool:
        return self.arena_bytes == self.lower_bound_bytes


@dataclass(frozen=True)
class RegionArena:
    """What a plan uses of one memory region: ``used_bytes`` from its base on, out of ``bytes``.

    ``base`` is its address, None where the linker decides. In the plan's offsets, which count through all regions, it
    begins at ``start``. No order and no layout that uses no more of the regions behind it uses less than
    ``lower_bound_bytes`` of it.
    """

    name: str
    bytes: int
    base: int | None
    start: int
    used_bytes: int
    lower_bound_bytes: int


@dataclass(frozen=True)
class ArenaPlan:
    """Order and offsets together: the answer to the whole question for one graph.

    ``blocks[i]`` of ``problem`` is ``graph.buffers[i]`` with its live range under ``order``.
    ``lower_bound_bytes`` holds for every order *and* every layout. ``source_order_bytes`` is the best arena found with
    the steps in the order of the file, in one piece of memory.

    With memory regions, ``regions`` has them in order of preference, the slowest last, and ``region_of[i]`` the number
    of the one that block i lies in. The arenas of the regions stand one behind the other in ``offsets``.
    """

    graph: Graph
    order: tuple[int, ...]
    problem: Problem
    offsets: tuple[int, ...]
    arena_bytes: int
    lower_bound_bytes: int
    source_order_bytes: int
    seconds: float
    regions: tuple[RegionArena, ...] = ()
    region_of: tuple[int, ...] = ()

    @property
    def optimal(self) -> bool:
        """Proven: no order and no layout needs less. With regions: less of the slowest, of the next, ...; of the first
        one only if no other is in use."""
        if not self.regions:
            return self.arena_bytes == self.lower_bound_bytes
        first, *slower = self.regions
        if all(not region.used_bytes for region in slower):
            return first.used_bytes == first.lower_bound_bytes
        return all(region.used_bytes == region.lower_bound_bytes for region in slower)
