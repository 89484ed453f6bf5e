"""Plans to draw and print, made without the solvers: any graph in any order, packed first-fit."""

from __future__ import annotations

from dataclasses import replace

from arenite.graph import Alias, ArenaPlan, Block, Buffer, Graph, Problem, Step


def naive_plan(graph: Graph, order: tuple[int, ...] | None = None, *, alignment: int = 16) -> ArenaPlan:
    """A correct plan of no particular merit; ``lower_bound_bytes`` is the largest sum of live bytes in this order."""
    order = order if order is not None else tuple(range(len(graph.steps)))
    last = max(len(order) - 1, 0)
    first_step = dict.fromkeys(graph.inputs, 0)
    last_step = dict.fromkeys(graph.outputs, last)
    for position, index in enumerate(order):
        for buffer in graph.steps[index].writes:
            first_step.setdefault(buffer, position)
        for buffer in (*graph.steps[index].reads, *graph.steps[index].writes):
            last_step[buffer] = max(last_step.get(buffer, 0), position)
    blocks = tuple(
        Block(buffer.name, buffer.bytes, first_step.get(index, 0), last_step.get(index, 0), buffer.alignment)
        for index, buffer in enumerate(graph.buffers)
    )
    offsets: dict[int, int] = {}
    for index in sorted(range(len(blocks)), key=lambda i: (-blocks[i].bytes, i)):
        block, place = blocks[index], 0
        for other in sorted(offsets, key=lambda i: offsets[i]):
            rival = blocks[other]
            apart = rival.last_step < block.first_step or block.last_step < rival.first_step
            if not apart and place + block.bytes > offsets[other]:
                place = max(place, _up(offsets[other] + rival.bytes, block.alignment))
        offsets[index] = place
    arena = _up(max((offsets[i] + blocks[i].bytes for i in offsets), default=0), alignment)
    live = [sum(b.bytes for b in blocks if b.first_step <= step <= b.last_step) for step in range(len(order))]
    return ArenaPlan(
        graph=graph,
        order=order,
        problem=Problem(blocks, alignment=alignment),
        offsets=tuple(offsets[i] for i in range(len(blocks))),
        arena_bytes=arena,
        lower_bound_bytes=min(arena, _up(max(live, default=0), alignment)),
        source_order_bytes=arena,
        seconds=0.0125,
    )


def branchy_graph() -> Graph:
    """An input and two branches, wide then narrow, joined; the order of the file computes both wide tensors first."""
    buffers = (
        Buffer("input", 1600, source_tensor=0, rows=(0, 10)),
        Buffer("left/wide", 6400, source_tensor=1, rows=(0, 10)),
        Buffer("right/wide", 6400, source_tensor=2, rows=(0, 10)),
        Buffer("left/narrow", 400, source_tensor=3, rows=(0, 5)),
        Buffer("right/narrow", 400, source_tensor=4, rows=(0, 5)),
        Buffer("joined", 800, source_tensor=5, rows=(0, 5), aliases=(Alias("flat", 6),)),
        Buffer("scores", 10, source_tensor=7),
        Buffer("softmax/scratch", 40, alignment=4),
    )
    steps = (
        Step("conv2d_0", (0,), (1,), (0,), 57600),
        Step("conv2d_1", (0,), (2,), (1,), 57600),
        Step("depthwise_conv2d_2", (1,), (3,), (2,), 3600),
        Step("depthwise_conv2d_3", (2,), (4,), (3,), 3600),
        Step("concatenation_4", (3, 4), (5,), (4, 5)),
        Step("softmax_6", (5,), (6, 7), (6,)),
    )
    return Graph("branchy", buffers, steps, inputs=(0,), outputs=(6,))


BRANCHY_BEST = (0, 2, 1, 3, 4, 5)


def chain_graph(length: int, *, width: int = 4096) -> Graph:
    """``length`` steps in a row over tensors of varying size; every seventh also reads an older tensor."""
    buffers = tuple(
        Buffer(f"stage{index // 8}/layer{index}/out", width // 8 * (2 + (index * 5) % 7), source_tensor=index)
        for index in range(length + 1)
    )
    steps = tuple(
        Step(
            f"conv2d_{index}",
            (index, index - 5) if index >= 7 and index % 7 == 0 else (index,),
            (index + 1,),
            (index,),
            width * (index + 1),
        )
        for index in range(length)
    )
    return Graph("chain", buffers, steps, inputs=(0,), outputs=(length,))


def in_place_plan() -> ArenaPlan:
    """A block with a shortcut: the sum is written over one operand, its activation over the sum, and so on."""
    sizes = {"input": 3072, "t1": 8192, "t2": 8192, "t3": 8192, "t4": 8192, "t5": 4096, "t6": 4096, "scores": 40}
    buffers = tuple(Buffer(name, size, source_tensor=index) for index, (name, size) in enumerate(sizes.items()))
    steps = (
        Step("conv_2d_0", (0,), (1,), (0,), 100_000),
        Step("conv_2d_1", (1,), (2,), (1,), 500_000),
        Step("add_2", (1, 2), (3,), (2,), in_place=((1, 3), (2, 3))),
        Step("relu_3", (3,), (4,), (3,), in_place=((3, 4),)),
        Step("max_pool_2d_4", (4,), (5,), (4,)),
        Step("add_5", (5,), (6,), (5,), in_place=((5, 6),)),
        Step("fully_connected_6", (6,), (7,), (6,), 40_960),
    )
    graph = Graph("shortcut", buffers, steps, inputs=(0,), outputs=(7,))
    apart = naive_plan(graph)
    return replace(
        apart,
        problem=replace(apart.problem, in_place=frozenset({(1, 3), (2, 3), (3, 4), (5, 6)})),
        offsets=(8192, 0, 8192, 0, 0, 8192, 8192, 0),
        arena_bytes=16384,
        lower_bound_bytes=16384,
    )


def _up(value: int, alignment: int) -> int:
    return -(-value // alignment) * alignment
