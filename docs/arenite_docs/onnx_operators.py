"""The tables of ONNX operators, from the registry of conversions and the functions that it names."""

from __future__ import annotations

from arenite.frontends.onnx import conversions
from arenite.frontends.onnx.integers import absorbed, moves, qoperator, tables
from arenite.frontends.operators import families, onnx_node
from arenite_docs import rst
from arenite_docs.operators import by_value
from arenite_docs.source import reachable_strings, summary

PACKAGE = conversions.__name__
KINDS = families().keys() | families("float32").keys()
INTEGERS = absorbed.WEIGHTED | absorbed.JOINS | absorbed.AVERAGES | moves.MOVES


def lines() -> list[str]:
    """A table of conversions, and which operators are computed on integers."""
    rows: dict[str, list[str]] = {}
    for place, nodes in by_value(conversions.CONVERSIONS).items():
        module, _, function = place.partition(".")
        name = f"{PACKAGE}.{module}"
        own = [node for node in nodes if not node.startswith("arenite:")]
        if own:
            how = summary(name, function) or summary(name)
            rows.setdefault(how, []).extend(_becomes(name, function, own))
    header = ("ONNX operator, and what it becomes", "How")
    return [
        *rst.table(header, (("\n".join(own), rst.prose(how)) for how, own in rows.items()), (55, 45)),
        f"On int8 values, between DequantizeLinear and QuantizeLinear: {rst.code(*sorted(INTEGERS))}. Functions of one "
        f"value become tables, whatever they are made of: {rst.code(*sorted(tables.POINTWISE))}.",
        "",
        f"Through TVM, where no line of the table takes them: {rst.code(*sorted(onnx_node.SUPPORTED))}.",
        "",
        "Operators on stored integers are read as if they stood between DequantizeLinear and QuantizeLinear: "
        f"{rst.code(*sorted(qoperator._CONVERSIONS))}.",
        "",
    ]


def _becomes(module: str, function: str, nodes: list[str]) -> list[str]:
    """A line for those nodes that a function converts to the same kinds of operators."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for node in nodes:
        named = dict.fromkeys(reachable_strings(module, function, node))
        alike.setdefault(tuple(name for name in named if name in KINDS), []).append(node)
    return [
        f"| {rst.code(*own)} → {rst.code(*kinds)}" if kinds else f"| {rst.code(*own)}" for kinds, own in alike.items()
    ]
