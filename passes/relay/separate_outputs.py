"""Outputs that nobody reads: USMP cannot place an output in the workspace that is read inside the network, too."""

from __future__ import annotations

from typing import Any

from arenite.errors import UnsupportedError
from arenite.passes.relay.quantised.candidate import without_reshapes
from arenite.passes.relay.quantised.dataflow import Dataflow, read_dataflow
from arenite.relay_compat import relay, tvm


def separate_outputs(main: Any) -> Any:
    """``main`` with a copy in the place of each output that is read inside or is an input.

    A reshape is no more than another name of what it reads, for TVM gives both the same bytes. The same object if there
    is nothing to copy. The copy costs its bytes and its time; without it the build would fail.

    Raises:
        UnsupportedError: two outputs are the same, for of two copies TVM makes one again; or nobody reads an input.
    """
    body = main.body
    fields = list(body.fields) if isinstance(body, relay.Tuple) else [body]
    dataflow = read_dataflow(body)
    for parameter in main.params:
        if not dataflow.readers.get(parameter):
            raise UnsupportedError(
                f"nobody reads the input {parameter.name_hint} of the module, which TVM cannot place in the workspace",
                remedy="remove it from the module",
            )
    results = []
    for index, field in enumerate(fields):
        if any(_same(field, other) for other in fields[:index]):
            raise UnsupportedError(
                f"output {index} of the module is an earlier one once more, which TVM cannot place in the workspace",
                remedy="remove it from the module",
            )
        results.append(relay.copy(field) if _shared(field, dataflow) else field)
    if all(result.same_as(field) for result, field in zip(results, fields, strict=True)):
        return main
    new_body = relay.Tuple(results) if isinstance(body, relay.Tuple) else results[0]
    return relay.Function(main.params, new_body, main.ret_type, main.type_params, main.attrs)


def _same(field: Any, other: Any) -> bool:
    if field.same_as(other):
        return True
    same_source = without_reshapes(field).same_as(without_reshapes(other))
    return same_source and bool(tvm.ir.structural_equal(field, other))


def _shared(field: Any, dataflow: Dataflow) -> bool:
    """Whether something else than this output names the same bytes."""
    root = without_reshapes(field)
    while field != root:
        if not dataflow.only_use(field):
            return True
        field = field.args[0]
    return isinstance(root, relay.Var) or not dataflow.only_use(root)
