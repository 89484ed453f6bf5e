"""Graphs in the shapes of published networks, of any size: what the solvers are measured on and tested with.

Sizes are those of int8 feature maps (height * width * channels) under the usual reductions. Everything comes from fixed
seeds. Element-wise steps (additions, activations) may write in place if the builder is told so.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from arenite.graph import Buffer, Graph, Step

Family = Callable[[int], Graph]


@dataclass(frozen=True)
class Map:
    """A feature map: its buffer, height (and width) and channels."""

    buffer: int
    side: int
    channels: int


class Builder:
    """Appends steps to a graph. ``in_place``: whether element-wise steps may write over an operand."""

    def __init__(self, name: str, side: int, channels: int, *, in_place: bool = False) -> None:
        self.name = name
        self.in_place = in_place
        self.buffers = [Buffer("input", side * side * channels)]
        self.steps: list[Step] = []
        self.input = Map(0, side, channels)

    def step(self, reads: list[Map], size: int, *, element_wise: bool = False) -> int:
        """Append a step that writes one buffer of ``size`` bytes, and return that."""
        number, written = len(self.steps), len(self.buffers)
        operands = tuple(dict.fromkeys(operand.buffer for operand in reads))
        pairs = tuple((read, written) for read in operands if size <= self.buffers[read].bytes)
        self.buffers.append(Buffer(f"t{number}", size))
        in_place = pairs if element_wise and self.in_place else ()
        self.steps.append(Step(f"s{number}", operands, (written,), (number,), in_place=in_place))
        return written

    def conv(self, source: Map, channels: int | None = None, stride: int = 1) -> Map:
        side = -(-source.side // stride)
        depth = source.channels if channels is None else channels
        return Map(self.step([source], side * side * depth), side, depth)

    def separable(self, source: Map, channels: int | None = None, stride: int = 1) -> Map:
        """Depthwise, then pointwise convolution."""
        return self.conv(self.conv(source, stride=stride), channels)

    def add(self, *operands: Map) -> Map:
        """Sum by additions of two."""
        total = operands[0]
        for operand in operands[1:]:
            size = total.side * total.side * total.channels
            total = Map(self.step([total, operand], size, element_wise=True), total.side, total.channels)
        return total

    def relu(self, source: Map) -> Map:
        size = source.side * source.side * source.channels
        return Map(self.step([source], size, element_wise=True), source.side, source.channels)

    def concat(self, *operands: Map) -> Map:
        side, channels = operands[0].side, sum(operand.channels for operand in operands)
        return Map(self.step(list(operands), side * side * channels), side, channels)

    def resize(self, source: Map, side: int) -> Map:
        return Map(self.step([source], side * side * source.channels), side, source.channels)

    def graph(self, *outputs: Map) -> Graph:
        """What has been built; its outputs are ``outputs``, or whatever nobody reads."""
        read = {buffer for step in self.steps for buffer in step.reads}
        ends = tuple(output.buffer for output in outputs) or tuple(
            buffer for buffer in range(len(self.buffers)) if buffer not in read
        )
        return Graph(self.name, tuple(self.buffers), tuple(self.steps), (0,), ends)


def chain(steps: int) -> Graph:
    rng = random.Random(steps)
    builder = Builder(f"chain_{steps}", 32, 3)
    last = builder.input
    while len(builder.steps) < steps:
        last = builder.conv(last, rng.choice((4, 8, 12, 16)))
    return builder.graph()


def residual(steps: int) -> Graph:
    """Inverted bottlenecks of MobileNetV2 with additions in place."""
    builder = Builder(f"residual_{steps}", 64, 3, in_place=True)
    last = builder.conv(builder.input, 16, 2)
    while len(builder.steps) < steps:
        shrink = len(builder.steps) % (steps // 4 + 1) > steps // 4 - 4 and last.side > 4
        inside = builder.conv(builder.conv(last, last.channels * 6), stride=2 if shrink else 1)
        narrow = builder.conv(inside, last.channels)
        last = narrow if shrink else builder.add(last, narrow)
    return builder.graph()


def series_parallel(steps: int) -> Graph:
    """Random forks and joins, nested, of random sizes; what a step writes is read by all that follow it."""
    rng = random.Random(steps)
    builder = Builder(f"series_parallel_{steps}", 16, 3, in_place=True)

    def grow(source: Map, count: int) -> Map:
        """Append ``count`` steps behind ``source`` and return what the last one writes."""
        while count > 0:
            if count < 4 or rng.random() < 0.4:
                source = Map(builder.step([source], rng.choice((rng.randint(1, 200), rng.randint(1, 9999)))), 1, 1)
                count -= 1
                continue
            inner = rng.randint(2, min(count - 1, max(6, count // 2)))
            ways = rng.randint(2, min(4, inner))
            shares = [1 + part for part in _parts(rng, inner - ways, ways)]
            ends = [grow(source, share) for share in shares]
            source = Map(builder.step(ends, rng.randint(1, 999), element_wise=rng.random() < 0.5), 1, 1)
            count -= inner + 1
        return source

    grow(builder.input, steps)
    return builder.graph()


def _parts(rng: random.Random, total: int, ways: int) -> list[int]:
    marks = sorted(rng.randint(0, total) for _ in range(ways - 1))
    return [high - low for low, high in zip([0, *marks], [*marks, total], strict=True)]


def branches(steps: int) -> Graph:
    """Independent branches of two steps between one fork and one join."""
    rng = random.Random(steps)
    builder = Builder(f"branches_{steps}", 45, 1)
    stem = builder.conv(builder.input)
    ends = []
    while len(builder.steps) < steps - 1:
        wide = Map(builder.step([stem], rng.randint(1000, 9000)), 1, 1)
        ends.append(Map(builder.step([wide], rng.randint(100, 1500)), 1, 1))
    builder.step(ends, 512)
    return builder.graph()


def watts_strogatz(steps: int) -> Graph:
    """RandWire (Xie et al. 2019): cells of 32 nodes in series, WS(32, 4, 0.75); a node sums, then convolves."""
    rng = random.Random(steps)
    builder = Builder(f"watts_strogatz_{steps}", 64, 3, in_place=True)
    last = builder.conv(builder.input, 16, 2)
    while len(builder.steps) < steps:
        last = _wired_cell(builder, last, rng, stride=2 if last.side > 8 and rng.random() < 0.3 else 1)
    return builder.graph(last)


def _wired_cell(builder: Builder, source: Map, rng: random.Random, *, stride: int, nodes: int = 32) -> Map:
    edges = set()
    for node in range(nodes):
        for distance in (1, 2):
            other = (node + distance) % nodes
            if rng.random() < 0.75:
                other = rng.choice([free for free in range(nodes) if free != node and (node, free) not in edges])
            edges.add((node, other))
    before = {node: sorted({min(e) for e in edges if max(e) == node}) for node in range(nodes)}
    results: list[Map] = []
    for node in range(nodes):
        operands = [results[other] for other in before[node]]
        mixed = builder.relu(builder.add(*operands)) if operands else source
        results.append(builder.separable(mixed, stride=1 if operands else stride))
    ends = [results[node] for node in range(nodes) if not any(node in before[other] for other in range(nodes))]
    return builder.add(*ends)


def nasnet(steps: int) -> Graph:
    """Stacks of NASNet-A's normal cells (Zoph et al. 2018), each reading the results of the two before it."""
    builder = Builder(f"nasnet_{steps}", 64, 3, in_place=True)
    before = last = builder.conv(builder.input, 12, 2)
    while len(builder.steps) < steps:
        reduce = len(builder.steps) % (steps // 3 + 1) > steps // 3 - 40 and last.side > 4
        stride = 2 if reduce else 1
        side = last.side
        # The result of the cell before may still be larger: a convolution adjusts it.
        left = builder.conv(builder.relu(before), 12, -(-before.side // side))
        right = builder.conv(builder.relu(last), 12)

        def twice(source: Map, stride: int) -> Map:
            return builder.separable(builder.relu(builder.separable(builder.relu(source), stride=stride)))

        pairs = [
            builder.add(twice(right, stride), twice(left, stride)),
            builder.add(twice(left, stride), twice(left, stride)),
            builder.add(builder.conv(right, stride=stride), builder.conv(left, stride=stride)),
            builder.add(builder.conv(left, stride=stride), builder.conv(left, stride=stride)),
            builder.add(twice(right, stride), builder.conv(right, stride=stride)),
        ]
        before, last = last, builder.concat(*pairs)
    return builder.graph(last)


def darts(steps: int) -> Graph:
    """Stacks of DARTS' normal cell (Liu et al. 2019): four nodes, each the sum of two, joined at the end."""
    builder = Builder(f"darts_{steps}", 64, 3, in_place=True)
    before = last = builder.conv(builder.input, 16, 2)
    while len(builder.steps) < steps:
        left = builder.conv(builder.relu(before), 8)
        right = builder.conv(builder.relu(last), 8)
        first = builder.add(_twice(builder, left), _twice(builder, right))
        second = builder.add(_twice(builder, left), _twice(builder, right))
        third = builder.add(_twice(builder, right), left)
        fourth = builder.add(left, builder.separable(first))
        before, last = last, builder.concat(first, second, third, fourth)
    return builder.graph(last)


def _twice(builder: Builder, source: Map) -> Map:
    return builder.separable(builder.relu(builder.separable(builder.relu(source))))


def densenet(steps: int) -> Graph:
    """DenseNet-BC (Huang et al. 2017): every layer reads all before it, through a concatenation of its own."""
    builder = Builder(f"densenet_{steps}", 64, 3)
    last = builder.conv(builder.input, 16, 2)
    while len(builder.steps) < steps:
        parts = [last]
        for _ in range(16):
            joined = builder.concat(*parts) if len(parts) > 1 else last
            parts.append(builder.conv(builder.conv(joined, 32), 8))
        wide = builder.concat(*parts)
        last = builder.conv(builder.conv(wide, 16), stride=2 if last.side > 4 else 1)
    return builder.graph()


def hrnet(steps: int) -> Graph:
    """HRNet (Sun et al. 2019): parallel lanes of four resolutions that exchange everything between two blocks."""
    builder = Builder(f"hrnet_{steps}", 64, 3, in_place=True)
    lanes = [builder.conv(builder.input, 8, 2)]
    for _ in range(3):
        lanes.append(builder.conv(lanes[-1], lanes[-1].channels * 2, 2))
    while len(builder.steps) < steps:
        lanes = [builder.relu(builder.add(lane, builder.conv(builder.conv(lane)))) for lane in lanes]
        lanes = [builder.relu(builder.add(*(_resampled(builder, lane, goal) for lane in lanes))) for goal in lanes]
    return builder.graph(*lanes)


def _resampled(builder: Builder, source: Map, goal: Map) -> Map:
    if source.buffer == goal.buffer:
        return source
    if source.side < goal.side:
        return builder.resize(builder.conv(source, goal.channels), goal.side)
    while source.side > goal.side:
        channels = goal.channels if source.side // 2 <= goal.side else source.channels
        source = builder.conv(source, channels, 2)
    return source


def unet(steps: int) -> Graph:
    """U-Nets in series, four levels deep, with as many convolutions per level as make up the size."""
    builder = Builder(f"unet_{steps}", 64, 3)
    last = builder.input
    per_level = max(2, steps // 40)
    while len(builder.steps) < steps:
        kept = []
        for level in range(4):
            for _ in range(per_level):
                last = builder.conv(last, 8 << level)
            kept.append(last)
            last = builder.conv(last, stride=2)
        for level in reversed(range(4)):
            last = builder.concat(kept[level], builder.resize(builder.conv(last, 8 << level), kept[level].side))
            for _ in range(per_level):
                last = builder.conv(last, 8 << level)
    return builder.graph(last)


def random_dag(steps: int) -> Graph:
    """Steps that read one to three of the forty latest buffers: no structure to exploit."""
    rng = random.Random(steps)
    builder = Builder(f"random_dag_{steps}", 10, 1)
    maps = [builder.input]
    while len(builder.steps) < steps:
        reads = rng.sample(maps[-40:], min(len(maps), rng.choice((1, 1, 2, 2, 3))))
        maps.append(Map(builder.step(reads, rng.randint(1, 999)), 1, 1))
    return builder.graph(maps[-1])


FAMILIES: dict[str, Family] = {
    "chain": chain,
    "residual": residual,
    "series_parallel": series_parallel,
    "branches": branches,
    "watts_strogatz": watts_strogatz,
    "nasnet": nasnet,
    "darts": darts,
    "densenet": densenet,
    "hrnet": hrnet,
    "unet": unet,
    "random_dag": random_dag,
}
