"""The entry function of a lowered module as USMP is about to plan it: its statements in order, and who uses what when.

Buffers are known by the names that USMP gives them, which are unique; those in the module need not be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from arenite.relay_compat import tir, tvm

MAIN = "__tvm_main__"
_INPUT, _OUTPUT = "input_tensor", "output_tensor"
"""Annotations of the allocations that stand for the model's inputs and outputs."""


@dataclass(frozen=True)
class Buffer:
    """``first`` and ``last``: the positions of the first and the last statement of main that touch it, as USMP sees it.
    ``owner``: the function whose temporary it is, None for a buffer of main."""

    name: str
    bytes: int
    first: int
    last: int
    is_input: bool = False
    is_output: bool = False
    owner: str | None = None


@dataclass(frozen=True, eq=False)
class Call:
    """A statement of main that calls ``function`` and nothing else. ``arguments``: for each parameter with a buffer the
    name of what is passed, None if it is no buffer of main."""

    position: int
    name: str
    function: Any
    arguments: tuple[str | None, ...]


@dataclass(frozen=True, eq=False)
class UsmpMain:
    """``buffers`` by name. ``aliased``: main binds further names to pointers, so that the same bytes may be used under
    a name that is not seen here."""

    calls: tuple[Call, ...]
    buffers: Mapping[str, Buffer]
    statements: int
    aliased: bool


def read_usmp_main(module: Any) -> UsmpMain:
    """Of a module as it is after the pass ``tir.usmp.AssignPoolInfo``."""
    functions = {
        variable.name_hint: function
        for variable, function in module.functions.items()
        if isinstance(function, tir.PrimFunc)
    }
    main = functions[MAIN]
    info = tvm.tir.usmp.analysis.extract_buffer_info(main, module).buffer_info_stmts
    name_of = {
        statement.buffer_var: str(buffer.name_hint)
        for buffer, statement in info.items()
        if isinstance(statement, tir.Allocate)
    }
    size_of = {str(buffer.name_hint): int(buffer.size_bytes) for buffer, _ in info.items()}
    leaves = list(_leaves(main.body))
    uses: dict[str, list[int]] = {}
    owners: dict[str, str] = {}
    calls: list[Call] = []
    for position, leaf in enumerate(leaves):
        for variable in _variables(leaf):
            if variable in name_of:
                uses.setdefault(name_of[variable], []).append(position)
        called = _called(leaf, functions)
        for function in _with_callees([name for name, _ in called], functions):
            for allocation in _allocations(functions[function].body):
                if allocation.buffer_var in name_of:
                    name = name_of[allocation.buffer_var]
                    owners[name] = function
                    uses.setdefault(name, []).append(position)
        if len(called) == 1:
            name, arguments = called[0]
            passed = tuple(
                name_of.get(argument) if isinstance(argument, tir.Var) else None
                for argument in arguments[: len(functions[name].buffer_map)]
            )
            calls.append(Call(position, name, functions[name], passed))
    kinds = {
        name_of[allocation.buffer_var]: allocation.annotations
        for allocation in _allocations(main.body)
        if allocation.buffer_var in name_of
    }
    buffers = {
        name: Buffer(
            name,
            size_of[name],
            min(positions),
            max(positions),
            _INPUT in kinds.get(name, ()),
            _OUTPUT in kinds.get(name, ()),
            owners.get(name),
        )
        for name, positions in sorted(uses.items())
    }
    aliased = any(isinstance(node, tir.LetStmt) for node in _nodes(main.body))
    return UsmpMain(tuple(calls), buffers, len(leaves), aliased)


def only_statement(body: Any) -> Any | None:
    """The one statement inside allocations, attributes and the like; None if there are more."""
    leaves = list(_leaves(body))
    return leaves[0] if len(leaves) == 1 else None


def _leaves(statement: Any) -> Iterator[Any]:
    if isinstance(statement, tir.SeqStmt):
        for part in statement.seq:
            yield from _leaves(part)
    elif type(statement).__name__ in {"Allocate", "AllocateConst", "AttrStmt", "DeclBuffer", "LetStmt"}:
        yield from _leaves(statement.body)
    else:
        yield statement


def _nodes(statement: Any) -> list[Any]:
    found: list[Any] = []
    tir.stmt_functor.post_order_visit(statement, found.append)
    return found


def _variables(statement: Any) -> list[Any]:
    found: list[Any] = []
    for node in _nodes(statement):
        if isinstance(node, tir.Var):
            found.append(node)
        elif isinstance(node, (tir.BufferLoad, tir.BufferStore)):
            found.append(node.buffer.data)
    return found


def _allocations(statement: Any) -> list[Any]:
    return [node for node in _nodes(statement) if isinstance(node, tir.Allocate)]


def _called(statement: Any, functions: Mapping[str, Any]) -> list[tuple[str, list[Any]]]:
    """Functions of the module that a statement calls, with their arguments."""
    called = []
    for node in _nodes(statement):
        if isinstance(node, tir.Call) and getattr(node.op, "name", "") in {"tir.call_extern", "tir.tvm_call_cpacked"}:
            name = str(node.args[0].value)
            if name in functions:
                called.append((name, list(node.args)[1:]))
    return called


def _with_callees(names: list[str], functions: Mapping[str, Any]) -> set[str]:
    reached: set[str] = set()
    while names:
        name = names.pop()
        if name not in reached:
            reached.add(name)
            names += [callee for callee, _ in _called(functions[name].body, functions)]
    return reached
