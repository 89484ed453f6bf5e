"""Live ranges from conflicts alone: which buffers exist together is all that USMP tells, packers want steps.

Conflicts that come from live ranges on one line form an interval graph. Its maximal cliques have an order in which
those of each buffer are consecutive (Fulkerson and Gross 1965); a clique's place in that order is a step.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass


@dataclass(frozen=True)
class _CliqueTree:
    """Maximal cliques of a chordal graph in the order in which a search meets them. ``edges`` join cliques to a forest
    in which the cliques of every vertex hang together."""

    cliques: tuple[frozenset[int], ...]
    edges: tuple[tuple[int, int], ...]


def live_ranges(conflicts: Sequence[AbstractSet[int]]) -> tuple[tuple[int, int], ...]:
    """A closed range of steps for each vertex such that vertices that conflict have a step in common.

    If ``conflicts`` is an interval graph, the others have none in common, and each step is a maximal set of
    vertices that are live together. If not (a buffer of a function that is called twice lives twice), ranges are
    widened until they are in one piece.

    Args:
        conflicts: for each vertex those that it conflicts with; symmetric, without itself.
    """
    order = _lexicographic_search(conflicts)
    tree = _clique_tree(order, _filled(conflicts, order))
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for step, clique in enumerate(_in_a_row(tree)):
        for vertex in tree.cliques[clique]:
            first.setdefault(vertex, step)
            last[vertex] = step
    return tuple((first[vertex], last[vertex]) for vertex in range(len(conflicts)))


def _lexicographic_search(conflicts: Sequence[AbstractSet[int]]) -> list[int]:
    """Vertices in the order of a lexicographic breadth-first search (Rose, Tarjan and Lueker 1976), by partition
    refinement. Reversed, it is a perfect elimination order if the graph is chordal."""
    order: list[int] = []
    classes: list[list[int]] = [list(range(len(conflicts)))]
    while classes and classes[0]:
        vertex = classes[0].pop(0)
        order.append(vertex)
        neighbours = conflicts[vertex]
        refined: list[list[int]] = []
        for group in classes:
            near = [other for other in group if other in neighbours]
            far = [other for other in group if other not in neighbours]
            refined += [part for part in (near, far) if part]
        classes = refined
    return order


def _filled(conflicts: Sequence[AbstractSet[int]], order: Sequence[int]) -> list[set[int]]:
    """For each vertex its neighbours before it in ``order``, with the edges that a chordal graph has besides."""
    place = {vertex: number for number, vertex in enumerate(order)}
    earlier = [{other for other in conflicts[vertex] if place[other] < place[vertex]} for vertex in range(len(order))]
    for vertex in reversed(order):
        if earlier[vertex]:
            parent = max(earlier[vertex], key=place.__getitem__)
            earlier[parent] |= earlier[vertex] - {parent}
    return earlier


def _clique_tree(order: Sequence[int], earlier: Sequence[AbstractSet[int]]) -> _CliqueTree:
    """Of the chordal graph in which ``earlier`` are the neighbours before each vertex (Blair and Peyton 1993)."""
    place = {vertex: number for number, vertex in enumerate(order)}
    cliques: list[set[int]] = []
    edges: list[tuple[int, int]] = []
    home: dict[int, int] = {}
    for vertex in order:
        joined = home[max(earlier[vertex], key=place.__getitem__)] if earlier[vertex] else None
        if joined is not None and cliques[joined] == earlier[vertex]:
            cliques[joined].add(vertex)
            home[vertex] = joined
            continue
        if joined is not None:
            edges.append((joined, len(cliques)))
        home[vertex] = len(cliques)
        cliques.append({*earlier[vertex], vertex})
    return _CliqueTree(tuple(map(frozenset, cliques)), tuple(edges))


def _in_a_row(tree: _CliqueTree) -> list[int]:
    """Cliques in an order in which those of each vertex are consecutive, if there is one.

    By refining an ordered partition of the cliques with the vertices that tree edges across a cut share (Habib,
    McConnell, Paul and Viennot 2000): the clique met last may stand at the end; from there on the cliques of each
    such vertex are drawn together.
    """
    holders: dict[int, set[int]] = {}
    for number, clique in enumerate(tree.cliques):
        for vertex in clique:
            holders.setdefault(vertex, set()).add(number)
    neighbours: list[set[int]] = [set() for _ in tree.cliques]
    for first, second in tree.edges:
        neighbours[first].add(second)
        neighbours[second].add(first)
    classes: list[set[int]] = [set(range(len(tree.cliques)))] if tree.cliques else []
    pivots: list[int] = []
    seen: set[int] = set()
    while any(len(group) > 1 for group in classes):
        if pivots:
            pivot = pivots.pop()
            if pivot in seen:
                continue
            seen.add(pivot)
            drawn = holders[pivot]
            touched = [number for number, group in enumerate(classes) if group & drawn]
            left, right = touched[0], touched[-1]
            # From the right end first, so that the numbers left of it still hold.
            if left != right:
                classes[right : right + 1] = _parts(classes[right] & drawn, classes[right] - drawn)
            classes[left : left + 1] = _parts(classes[left] - drawn, classes[left] & drawn)
        else:
            number = next(number for number, group in enumerate(classes) if len(group) > 1)
            end = max(classes[number])
            drawn = {end}
            classes[number : number + 1] = [classes[number] - drawn, drawn]
        for inside in sorted(drawn):
            for outside in sorted(neighbours[inside] - drawn):
                pivots.extend(sorted(tree.cliques[inside] & tree.cliques[outside]))
                neighbours[inside].discard(outside)
                neighbours[outside].discard(inside)
    return [clique for group in classes for clique in group]


def _parts(*groups: set[int]) -> list[set[int]]:
    return [group for group in groups if group]
