"""Model -> Relay module without TVM's importer: for files that it refuses although arenite knows every operator."""

from __future__ import annotations

from typing import Any

from arenite.frontends.bodies import choose
from arenite.frontends.c_names import unique_c_name
from arenite.frontends.model import Model
from arenite.frontends.operators import lower_all
from arenite.passes.relay.operators import arenite_call
from arenite.relay_compat import relay, tvm
from arenite.target import PORTABLE, Target


def model_to_relay(model: Model, target: Target = PORTABLE) -> Any:
    """The module whose ``main`` calls arenite's Relay operators, one per operator of the model, on kernels for
    ``target``.

    Raises:
        UnsupportedError: lists every operator without a kernel.
    """
    lowerings = [lowering for lowering in choose(lower_all(model), target) if lowering is not None]
    taken: set[str] = set()
    values = {
        index: relay.var(
            unique_c_name(model.tensors[index].name, taken),
            shape=model.tensors[index].shape,
            dtype=model.tensors[index].dtype,
        )
        for index in model.inputs
    }
    parameters = list(values.values())
    for operator, lowering in zip(model.operators, lowerings, strict=True):
        if lowering.relax_op is not None:
            raise AssertionError(f"{operator.label} becomes {lowering.relax_op[0]}, which has no counterpart here")
        call = arenite_call(model, operator, lowering, values)
        count = len(lowering.outputs)
        results = [call] if count == 1 else [relay.TupleGetItem(call, place) for place in range(count)]
        values.update(zip(lowering.outputs, results, strict=True))
    outputs = [values[index] for index in model.outputs]
    body = outputs[0] if len(outputs) == 1 else relay.Tuple(outputs)
    taken.clear()
    names = [unique_c_name(model.tensors[index].name, taken) for index in model.outputs]
    main = relay.Function(parameters, body).with_attr("output_tensor_names", names)
    return relay.transform.InferType()(tvm.IRModule.from_expr(main))
