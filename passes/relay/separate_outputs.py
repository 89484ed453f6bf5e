"""Outputs that nobody reads: USMP cannot place an output in the workspace that is read inside the network, too."""

from __future__ import annotations

from typing import Any

from arenite.errors import UnsupportedError
from arenite.passes.relay.quantised.dataflow import read_dataflow
from arenite.relay_compat import relay


def separate_outputs(main: Any) -> Any:
    """``main`` with a copy in the place of each output that is read inside or is an input.

    The same object if there is none. The copy costs its bytes and its time; without it the build would fail.

    Raises:
        UnsupportedError: two outputs are the same; of two copies TVM makes one again.
    """
    body = main.body
    fields = list(body.fields) if isinstance(body, relay.Tuple) else [body]
    dataflow = read_dataflow(body)
    results = []
    for index, field in enumerate(fields):
        if any(field.same_as(other) for other in fields[:index]):
            raise UnsupportedError(
                f"output {index} of the module is an earlier one once more, which TVM cannot place in the workspace",
                remedy="remove it from the module",
            )
        shared = not dataflow.only_use(field) or isinstance(field, relay.Var)
        results.append(relay.copy(field) if shared else field)
    if all(result.same_as(field) for result, field in zip(results, fields, strict=True)):
        return main
    new_body = relay.Tuple(results) if isinstance(body, relay.Tuple) else results[0]
    return relay.Function(main.params, new_body, main.ret_type, main.type_params, main.attrs)
