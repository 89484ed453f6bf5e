"""HoistTemporaries: working memory inside PrimFuncs becomes an output nobody reads, so that the planner places it."""

from __future__ import annotations

from typing import Any

from arenite.passes.bindings import operator_name
from arenite.tvm_compat import IRModule, hoist_temporaries, relax, temporaries, tensor_type, tirx, tvm


@tvm.transform.module_pass(opt_level=0, name="arenite.HoistTemporaries")
class HoistTemporaries:
    """Give every ``call_tir`` of a PrimFunc with root-block allocations these buffers as further results.

    Applies to functions whose shapes are all static; others keep their allocations.
    """

    def transform_module(self, module: IRModule, _context: Any) -> IRModule:
        rewriter = _Rewriter(module)
        for variable, function in module.functions_items():
            if isinstance(function, tirx.PrimFunc) and temporaries(function):
                rewriter.hoist(variable, function)
        if not rewriter.hoisted:
            return module
        for variable, function in module.functions_items():
            if isinstance(function, relax.Function):
                rewriter.builder_.update_func(variable, rewriter.visit_expr(function))
        rewritten = rewriter.builder_.get()
        for variable in rewriter.hoisted:
            del rewritten[variable]
        return rewritten


def _static_type(buffer: Any) -> Any:
    shape = list(buffer.ty.shape)
    if not all(isinstance(extent, tirx.IntImm) for extent in shape):
        return None
    return tensor_type([int(extent) for extent in shape], str(buffer.ty.dtype.dtype))


@relax.expr_functor.mutator
class _Rewriter(relax.PyExprMutator):  # type: ignore[misc]
    """``hoisted``: function -> its successor, with the types of the further results."""

    def __init__(self, module: IRModule) -> None:
        super().__init__(module)
        self.hoisted: dict[Any, tuple[Any, list[Any]]] = {}

    def hoist(self, variable: Any, function: Any) -> None:
        types = [_static_type(buffer) for buffer in temporaries(function)]
        if None not in types:
            name = f"{variable.name_hint}_with_scratch"
            self.hoisted[variable] = (self.builder_.add_func(hoist_temporaries(function), name), types)

    def visit_call_(self, call: Any) -> Any:
        call = super().visit_call_(call)
        if operator_name(call) != "relax.call_tir" or call.args[0] not in self.hoisted:
            return call
        function, types = self.hoisted[call.args[0]]
        (result,) = call.ty_args
        results = list(result.fields) if isinstance(result, relax.TupleType) else [result]
        together = self.builder_.emit(relax.call_tir(function, call.args[1], out_ty=[*results, *types]))
        fields = [relax.TupleGetItem(together, index) for index in range(len(results))]
        return relax.Tuple(fields) if isinstance(result, relax.TupleType) else fields[0]
