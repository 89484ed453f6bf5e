"""The table of types: what is compiled of each operator, found by lowering an example of it in each type."""

from __future__ import annotations

from arenite.frontends import operators
from arenite.frontends.lowering import NotLowered
from arenite.frontends.rewrites.unsigned import signed
from arenite.frontends.rows.form import row_form
from arenite_docs import rst
from arenite_docs.examples import example

TYPES = {
    "int8": ("int8",),
    "uint8": ("uint8",),
    "int16": ("int16",),
    "int32, bool": ("int32", "bool"),
    "float32": ("float32",),
}
"""Column -> the types that it stands for."""
INTERNAL = ("LOOKUP", "LRN", "REQUANT_SHIFT", "RESIZE", "SHIFT", "UNARY")
"""Kinds that no TensorFlow Lite file has: what frontends make of others."""


def lines() -> list[str]:
    header = ("Operator", *TYPES)
    table = [(f"``{kind}``", *(mark(kind, column) for column in TYPES)) for kind in kinds()]
    return rst.table(header, table, (35, *(13 for _ in TYPES)))


def kinds() -> list[str]:
    """All that some registry has, by name."""
    found = set(operators.families()).union(*(operators.families(dtype) for dtype in operators.TYPES))
    return sorted(found - set(INTERNAL))


def mark(kind: str, column: str) -> str:
    """``row`` if rows of the result can be computed one by one, ``op`` if all at once, ``view`` if nothing is computed,
    empty if it is not compiled."""
    found = [granularity(kind, dtype) for dtype in TYPES[column]]
    return next((one for one in ("row", "op", "view") if one in found), "")


def granularity(kind: str, dtype: str) -> str:
    model = example(kind, dtype)
    if model is None:
        # Without an example the registries have to do: of int8 the one for any type.
        own = operators.families(dtype) if dtype == "int8" or dtype in operators.TYPES else {}
        return "op" if kind in own else ""
    model = signed(model)
    try:
        lowerings = [operators.lower(model, operator) for operator in model.operators]
    except (NotLowered, KeyError):
        return ""
    place = next(number for number, operator in enumerate(model.operators) if operator.kind == kind)
    if lowerings[place].alias:
        return "view"
    buffers = {tensor.index: tensor.index for tensor in model.tensors if not tensor.constant}
    form = row_form(model, model.operators[place], lowerings[place], buffers)
    return "op" if form is None else "row"
