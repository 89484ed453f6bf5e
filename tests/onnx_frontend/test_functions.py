"""Calls of local functions become nodes that know which call they come from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper
from onnx_files import as_model, model, node, random_feeds, run, save

from arenite.errors import AreniteError
from arenite.frontends.onnx.clean import read_graph

X = ("x", "float32", [2, 3])
Y = ("y", "float32", [2, 3])


def function(name: str, nodes: list[onnx.NodeProto], version: int = 17) -> onnx.FunctionProto:
    imports = [helper.make_opsetid("", version), helper.make_opsetid("own", 1)]
    return helper.make_function("own", name, ["a"], ["b"], nodes, imports)


def calling(nodes: list[onnx.NodeProto], functions: list[onnx.FunctionProto], opset: int = 17) -> onnx.ModelProto:
    return model(nodes, [X], [Y], opset=opset, domains={"own": 1}, functions=functions)


TWICE = function("Twice", [node("Add", "a a", "t"), node("Neg", "t", "b")])


def test_nodes_have_the_call_as_source(tmp_path: Path) -> None:
    nodes = [node("Abs", "x", "t"), node("Twice", "t", "u", domain="own"), node("Twice", "u", "y", domain="own")]
    proto = calling(nodes, [TWICE])
    graph = read_graph(save(proto, tmp_path))
    assert [(one.kind, one.sources) for one in graph.nodes] == [
        ("Abs", (0,)),
        ("Add", (1,)),
        ("Neg", (1,)),
        ("Add", (2,)),
        ("Neg", (2,)),
    ]
    assert graph.file_nodes == 3
    assert set(graph.numbers) == {"x", "t", "u", "y"}
    feeds = random_feeds(graph)
    np.testing.assert_array_equal(run(as_model(graph), feeds)[0], run(proto, feeds)[0])


def test_functions_may_call_functions(tmp_path: Path) -> None:
    outer = function("Outer", [node("Twice", "a", "t", domain="own"), node("Twice", "t", "b", domain="own")])
    graph = read_graph(save(calling([node("Outer", "x", "y", domain="own")], [outer, TWICE]), tmp_path))
    assert [one.kind for one in graph.nodes] == ["Add", "Neg", "Add", "Neg"]
    assert {one.sources for one in graph.nodes} == {(0,)}


def test_functions_of_another_version_are_converted(tmp_path: Path) -> None:
    proto = calling([node("Twice", "x", "y", domain="own")], [TWICE], opset=18)
    assert [one.kind for one in read_graph(save(proto, tmp_path)).nodes] == ["Add", "Neg"]


def test_circles_and_growth_without_bound_are_refused(tmp_path: Path) -> None:
    itself = function("Self", [node("Self", "a", "b", domain="own")])
    with pytest.raises(AreniteError, match="calls itself"):
        read_graph(save(calling([node("Self", "x", "y", domain="own")], [itself]), tmp_path))
    tower = [function("F0", [node("Neg", "a", "b")])]
    for level in range(1, 60):
        kind = f"F{level - 1}"
        tower.append(function(f"F{level}", [node(kind, "a", "t", domain="own"), node(kind, "t", "b", domain="own")]))
    with pytest.raises(AreniteError, match="calls of functions add up to"):
        read_graph(save(calling([node("F59", "x", "y", domain="own")], tower), tmp_path))
    chain = [function("F0", [node("Neg", "a", "b")])]
    chain += [function(f"F{n}", [node(f"F{n - 1}", "a", "b", domain="own")]) for n in range(1, 3000)]
    with pytest.raises(AreniteError, match="deep"):
        read_graph(save(calling([node("F2999", "x", "y", domain="own")], chain), tmp_path))
