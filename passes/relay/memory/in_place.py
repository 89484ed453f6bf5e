"""Which calls may write their output over an input: element-wise kernels of ours whose input nobody reads again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from arenite.codegen.kernels import kernels
from arenite.passes.relay.memory.memory_items import Pairs, pair
from arenite.passes.relay.memory.usmp_main import Call, UsmpMain, only_statement, read_usmp_main
from arenite.passes.relay.operators import PREFIX
from arenite.relay_compat import tir

IN_PLACE: dict[str, tuple[str, ...]] = {
    "arenite_add_s8": ("a", "b"),
    "arenite_lookup_s8": ("in",),
    "arenite_multiply_s8": ("a", "b"),
    "arenite_softmax_s8": ("in",),
}
"""C kernel -> inputs that its output may be written over if they are as large: each element is read for the last time
before the output at the same place is written. Softmax reads a row to its end first, and then element by element."""


def in_place_pairs(module: Any) -> Pairs:
    """Names, as USMP gives them, of an input and an output each that may get the very same bytes.

    The input is as large as the output, so that it is not broadcast; no later statement touches it, and it is neither
    an input nor an output of the model, which the caller may want to find unchanged.

    Args:
        module: as it is after the pass ``tir.usmp.AssignPoolInfo``.
    """
    main = read_usmp_main(module)
    if main.aliased:
        return frozenset()
    return frozenset(both for call in main.calls for both in _pairs(call, main))


def _pairs(call: Call, main: UsmpMain) -> Iterator[tuple[str, str]]:
    kernel = _kernel_call(call.function)
    if kernel is None:
        return
    name, pointers = kernel
    parameters = [parameter.name for parameter in kernels()[name].parameters]
    passed = {
        parameter: _argument(call, pointer)
        for parameter, pointer in zip(parameters, pointers, strict=False)
        if pointer is not None
    }
    output = passed.get("out")
    if output is None or main.buffers[output[0]].first != call.position:
        return
    for parameter in IN_PLACE[name]:
        given = passed.get(parameter)
        if given is None or given[0] == output[0] or given[1:] != output[1:]:
            continue
        source, result = main.buffers[given[0]], main.buffers[output[0]]
        if source.last == call.position and source.bytes == result.bytes and not (source.is_input or source.is_output):
            yield pair(source.name, result.name)


def _kernel_call(function: Any) -> tuple[str, list[Any]] | None:
    """Kernel and pointers of a function that does nothing but call one kernel that works in place."""
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


def _argument(call: Call, pointer: Any) -> tuple[str, int, str] | None:
    """What main passes for the parameter that ``pointer`` belongs to: buffer, number of elements and their type."""
    buffers = [
        call.function.buffer_map[parameter]
        for parameter in call.function.params
        if parameter in call.function.buffer_map
    ]
    for buffer, name in zip(buffers, call.arguments, strict=False):
        if name is not None and buffer.data.same_as(pointer):
            elements = 1
            for extent in buffer.shape:
                elements *= int(extent)
            return name, elements, str(buffer.dtype)
    return None
