"""Which parameters of a function may be the same bytes: element-wise kernels of ours that write over what they read."""

from __future__ import annotations

from typing import Any

from arenite.codegen.kernels import kernels
from arenite.codegen.kernels.in_place import IN_PLACE
from arenite.passes.relay.memory.usmp_main import only_statement
from arenite.passes.relay.operators import PREFIX
from arenite.relay_compat import tir


def in_place_operands(function: Any) -> tuple[tuple[int, int], ...]:
    """Positions, among the parameters of a PrimFunc that are buffers, of an input and an output that may coincide.

    Empty unless the function does nothing but call one kernel that works in place. The input is as large as the output,
    so that it is not broadcast.
    """
    kernel = _kernel_call(function)
    if kernel is None:
        return ()
    name, pointers = kernel
    buffers = [function.buffer_map[parameter] for parameter in function.params if parameter in function.buffer_map]
    position = {
        parameter.name: index
        for parameter, pointer in zip(kernels()[name].parameters, pointers, strict=False)
        for index, buffer in enumerate(buffers)
        if pointer is not None and buffer.data.same_as(pointer)
    }
    if "out" not in position:
        return ()
    result = position["out"]
    return tuple(
        (position[parameter], result)
        for parameter in IN_PLACE[name]
        if parameter in position and _form(buffers[position[parameter]]) == _form(buffers[result])
    )


def _form(buffer: Any) -> tuple[int, str]:
    elements = 1
    for extent in buffer.shape:
        elements *= int(extent)
    return elements, str(buffer.dtype)


def _kernel_call(function: Any) -> tuple[str, list[Any]] | None:
    """Kernel and pointers."""
    statement = only_statement(function.body)
    if not isinstance(statement, (tir.BufferStore, tir.Evaluate)):
        return None
    called = []

    def visit(node: Any) -> None:
        if isinstance(node, tir.Call) and getattr(node.op, "name", "") == "tir.call_extern":
            called.append(node)

    tir.stmt_functor.post_order_visit(statement, visit)
    if len(called) != 1:
        return None
    name = f"arenite_{str(called[0].args[0].value).removeprefix(PREFIX)}"
    if not str(called[0].args[0].value).startswith(PREFIX) or name not in IN_PLACE:
        return None
    return name, [_pointed_at(argument) for argument in list(called[0].args)[1:]]


def _pointed_at(argument: Any) -> Any | None:
    """The variable whose first element ``argument`` points at."""
    if not isinstance(argument, tir.Call):
        return None
    name = getattr(argument.op, "name", "")
    if name == "tir.address_of":
        load = argument.args[0]
        if all(isinstance(index, tir.IntImm) and int(index) == 0 for index in load.indices):
            return load.buffer.data
    if name == "tir.tvm_access_ptr" and isinstance(argument.args[2], tir.IntImm) and int(argument.args[2]) == 0:
        return argument.args[1]
    return None
