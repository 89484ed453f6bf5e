"""What blocks need side by side where several live at once and some may overlap: a heavy set that must not."""

from __future__ import annotations

from arenite.graph import Problem

LARGEST_COMPONENT = 16
"""Blocks that may overlap, directly or through others, up to which the heaviest set is found exactly."""


def side_by_side(problem: Problem, live: list[int], may: dict[int, set[int]]) -> int:
    """Bytes of a heavy set of live blocks no two of which may overlap: greedy while a component is large, then
    the heaviest. ``may``: the blocks that a block may overlap."""
    total = 0
    unseen = set(live)
    while unseen:
        component = [unseen.pop()]
        for block in component:
            component.extend(sorted(may.get(block, set()) & unseen))
            unseen -= may.get(block, set())
        total += _heaviest(problem, may, sorted(component, key=lambda block: (-problem.blocks[block].bytes, block)))
    return total


def _heaviest(problem: Problem, may: dict[int, set[int]], component: list[int]) -> int:
    greedy = 0
    while len(component) > LARGEST_COMPONENT:
        greedy += problem.blocks[component[0]].bytes
        component = [block for block in component[1:] if block not in may.get(component[0], ())]
    if not component:
        return greedy
    block, rest = component[0], component[1:]
    apart = [other for other in rest if other not in may.get(block, ())]
    best = problem.blocks[block].bytes + _heaviest(problem, may, apart)
    if len(apart) < len(rest):
        best = max(best, _heaviest(problem, may, rest))
    return greedy + best
