"""The kernels' C text, brought into the generated C once: by a pragma on one of the functions that call them."""

from __future__ import annotations

from typing import Any

from arenite.passes.relay.operators import PREFIX, relay_source
from arenite.relay_compat import tir


def called_kernels(function: Any) -> frozenset[str]:
    """Names of the C kernels that a PrimFunc calls."""
    found: set[str] = set()

    def visit(node: Any) -> None:
        if isinstance(node, tir.Call) and getattr(node.op, "name", "") == "tir.call_extern":
            name = str(node.args[0].value)
            if name.startswith(PREFIX):
                found.add(f"arenite_{name.removeprefix(PREFIX)}")

    tir.stmt_functor.post_order_visit(function.body, visit)
    return frozenset(found)


def with_kernel_sources(functions: dict[str, Any]) -> dict[str, Any]:
    """The one of ``functions`` (name -> PrimFunc) that has to change, if any: the first that calls kernels now has the
    C text of all kernels that are called."""
    callers = {name: called for name, function in sorted(functions.items()) if (called := called_kernels(function))}
    if not callers:
        return {}
    first = next(iter(callers))
    source = relay_source(sorted(frozenset().union(*callers.values())))
    function = functions[first]
    pragma = tir.AttrStmt(tir.const(0, "int32"), "pragma_import_c", tir.StringImm(source), function.body)
    return {first: function.with_body(pragma)}
