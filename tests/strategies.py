"""Hypothesis strategies for the planning data: well-formed graphs and packing problems, small enough to brute-force."""

from __future__ import annotations

from hypothesis import strategies as st

from arenite.graph import Block, Buffer, Glue, Graph, Problem, Step


@st.composite
def graphs(
    draw: st.DrawFn,
    max_steps: int = 7,
    max_bytes: int = 9,
    alignments: tuple[int, ...] = (1, 1, 2, 4),
    min_steps: int = 0,
) -> Graph:
    """Well-formed graphs with all that may occur: empty buffers, steps without reads or writes, several outputs per
    step, inputs that nobody reads or that are outputs, outputs that are read, disconnected parts, ``after`` edges,
    steps that may write in place."""
    sizes = st.integers(0, max_bytes)

    def buffer() -> Buffer:
        return Buffer(f"b{len(buffers)}", draw(sizes), draw(st.sampled_from(alignments)))

    buffers: list[Buffer] = []
    for _ in range(draw(st.integers(0, 2))):
        buffers.append(buffer())
    inputs = tuple(range(len(buffers)))
    steps = []
    for number in range(draw(st.integers(min_steps, max_steps))):
        known = list(range(len(buffers)))
        reads = draw(st.lists(st.sampled_from(known), max_size=3, unique=True)) if known else []
        writes = []
        for _ in range(draw(st.sampled_from((1, 1, 1, 1, 2, 2, 0)))):
            writes.append(len(buffers))
            buffers.append(buffer())
        over = [(read, write) for read in reads for write in writes if buffers[write].bytes <= buffers[read].bytes]
        in_place = (
            draw(st.lists(st.sampled_from(over), max_size=2, unique=True)) if over and draw(st.booleans()) else []
        )
        steps.append(Step(f"s{number}", tuple(reads), tuple(writes), (number,), in_place=tuple(in_place)))
    everything = list(range(len(buffers)))
    outputs = draw(st.lists(st.sampled_from(everything), max_size=2, unique=True)) if everything else []
    after = []
    if len(steps) >= 2 and draw(st.booleans()):
        second = draw(st.integers(1, len(steps) - 1))
        after.append((draw(st.integers(0, second - 1)), second))
    return Graph("random", tuple(buffers), tuple(steps), inputs, tuple(outputs), tuple(after))


@st.composite
def plain_problems(draw: st.DrawFn, max_blocks: int = 7, max_bytes: int = 6, max_steps: int = 5) -> Problem:
    """Blocks with live ranges and alignments of their own, nothing glued, pinned or allowed to overlap."""
    blocks = []
    for number in range(draw(st.integers(0, max_blocks))):
        first = draw(st.integers(0, max_steps - 1))
        last = draw(st.integers(first, max_steps - 1))
        size = draw(st.integers(0, max_bytes))
        blocks.append(Block(f"b{number}", size, first, last, draw(st.sampled_from((1, 1, 1, 2, 4)))))
    return Problem(tuple(blocks), alignment=draw(st.sampled_from((1, 1, 2, 4, 16))))


@st.composite
def in_place_problems(draw: st.DrawFn, max_blocks: int = 6) -> Problem:
    """Plain problems in which blocks that are born where others die may be written over these."""
    plain = draw(plain_problems(max_blocks, max_bytes=4, max_steps=4))
    pairs = [
        (source, result)
        for source, one in enumerate(plain.blocks)
        for result, other in enumerate(plain.blocks)
        if source != result and one.last_step == other.first_step and other.bytes <= one.bytes
        and other.last_step > other.first_step > one.first_step
    ]  # fmt: skip
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=4)) if pairs else []
    return Problem(plain.blocks, alignment=plain.alignment, in_place=frozenset(chosen))


@st.composite
def problems(draw: st.DrawFn, max_blocks: int = 5) -> Problem:
    """Plain problems with glued groups, allowed overlaps and pinned offsets on top; some have no solution."""
    plain = draw(plain_problems(max_blocks, max_bytes=4, max_steps=4))
    blocks = list(plain.blocks)
    numbers = list(range(len(blocks)))
    pairs = [(first, second) for second in numbers for first in range(second)]
    overlaps = draw(st.lists(st.sampled_from(pairs), max_size=2)) if pairs else []
    glued = []
    shuffled = draw(st.permutations(numbers))
    for members in (shuffled[:2], shuffled[2:5]):
        if len(members) >= 2 and draw(st.booleans()):
            distances = [0, *(draw(st.integers(-6, 6)) for _ in members[1:])]
            glued.append(Glue(tuple(zip(members, distances, strict=True))))
    if blocks and draw(st.booleans()):
        number = draw(st.sampled_from(numbers))
        block = blocks[number]
        pinned = draw(st.integers(0, 5)) * block.alignment
        blocks[number] = Block(block.name, block.bytes, block.first_step, block.last_step, block.alignment, pinned)
    return Problem(tuple(blocks), tuple(glued), frozenset(overlaps), plain.alignment)
