"""State across inferences: how many bytes it takes, and in which order operators must touch it.

TensorFlow Lite has two kinds: resource variables (VAR_HANDLE names one, READ_VARIABLE and ASSIGN_VARIABLE take the
handle) and tensors marked ``is_variable``, which a recurrent operator reads and overwrites in place. In a model that
has its variables as tensors (``variables.py``) these are marked, too.
"""

from __future__ import annotations

from collections.abc import Sequence

from arenite.frontends.calls import called_subgraphs
from arenite.frontends.model import Model, Operator

_HANDLE_DTYPES = ("resource", "variant")
# Operators that may touch any state: they run other subgraphs.
_CALLS = ("CALL", "CALL_ONCE", "IF", "WHILE")
_RECURRENT = frozenset(
    (
        "BIDIRECTIONAL_SEQUENCE_LSTM", "BIDIRECTIONAL_SEQUENCE_RNN", "LSTM", "RNN", "SVDF",
        "UNIDIRECTIONAL_SEQUENCE_LSTM", "UNIDIRECTIONAL_SEQUENCE_RNN",
    )
)  # fmt: skip
"""Kinds whose kernels in TensorFlow Lite update an input in place, if it is a variable."""


def state_bytes(main: Model, models: Sequence[Model]) -> int:
    """Bytes that live across inferences.

    Where all variables of ``main`` are tensors, these; otherwise what the subgraphs of the file (``models``) have. A
    resource variable takes the largest value that any of them reads from it or assigns to it.
    """
    inputs = {index for operator in main.operators for index in operator.inputs if index >= 0}
    handles = any(
        _is_handle(main, index)
        for operator in main.operators
        for index in (*operator.inputs, *operator.outputs)
        if index >= 0
    )
    if not handles and not any(operator.kind in _CALLS for operator in main.operators):
        return sum(main.tensors[index].bytes for index in inputs | set(main.states) if main.tensors[index].variable)
    resources: dict[object, int] = {}
    tensors = 0
    for number, model in enumerate(models):
        read = {index for operator in model.operators for index in operator.inputs if index >= 0}
        tensors += sum(model.tensors[index].bytes for index in read if model.tensors[index].variable)
        names = _resource_names(model)
        for operator in model.operators:
            if operator.kind == "READ_VARIABLE":
                value = operator.outputs[0]
            elif operator.kind == "ASSIGN_VARIABLE":
                value = operator.inputs[1]
            else:
                continue
            handle = operator.inputs[0]
            key = names.get(handle, (number, handle))
            resources[key] = max(resources.get(key, 0), model.tensors[value].bytes)
    return tensors + sum(resources.values())


def stateless_subgraphs(models: Sequence[Model]) -> frozenset[int]:
    """The subgraphs of a file that give the same results for the same inputs, whatever else has run."""
    stateful: set[int] = set()
    found = -1
    while found < len(stateful):
        found = len(stateful)
        stateful |= {
            number
            for number, model in enumerate(models)
            if any(
                any(_touched(model, operator, {})) or _has_hidden_state(operator)
                or not stateful.isdisjoint(called_subgraphs(operator))
                for operator in model.operators
            )
        }  # fmt: skip
    return frozenset(range(len(models))) - stateful


def state_order(model: Model, stateless: frozenset[int] = frozenset()) -> tuple[tuple[int, int], ...]:
    """Pairs of operator indices ``(a, b)``: a must run before b, because of state and not because of an activation.

    Reads of a state stay between the writes around them and may change places with each other. An operator that calls a
    subgraph keeps its place among all that touch state, other calls included. A handle is made before it is used.

    Args:
        stateless: subgraphs that may be called at any time.
    """
    stateful = any(tensor.variable or tensor.dtype in _HANDLE_DTYPES for tensor in model.tensors)
    if not stateful and all(operator.kind not in _CALLS for operator in model.operators):
        return ()
    names = _state_names(model)
    pairs: set[tuple[int, int]] = set()
    last_write: dict[object, int] = {}
    reads_since: dict[object, list[int]] = {}
    barrier: int | None = None
    since_barrier: list[int] = []
    makers: dict[int, int] = {}
    for operator in model.operators:
        here = operator.index
        handles = [index for index in operator.inputs if index >= 0 and _is_handle(model, index)]
        pairs.update((makers[index], here) for index in handles if index in makers)
        makers.update((index, here) for index in operator.outputs if _is_handle(model, index))
        read, written = _touched(model, operator, names)
        called = called_subgraphs(operator)
        if operator.kind in _CALLS and not (called and stateless.issuperset(called)):
            pairs.update((one, here) for one in since_barrier)
            if barrier is not None:
                pairs.add((barrier, here))
            barrier, since_barrier = here, []
            last_write.clear()
            reads_since.clear()
            continue
        if not read and not written:
            continue
        if barrier is not None:
            pairs.add((barrier, here))
        since_barrier.append(here)
        for state in (*read, *written):
            if state in last_write and last_write[state] != here:
                pairs.add((last_write[state], here))
        for state in written:
            pairs.update((one, here) for one in reads_since.pop(state, []) if one != here)
            last_write[state] = here
        for state in read:
            if state not in written:
                reads_since.setdefault(state, []).append(here)
    return tuple(sorted(pairs))


def _resource_names(model: Model) -> dict[int, object]:
    """Handle tensor -> the name of its variable, for handles that this subgraph makes itself."""
    return {
        operator.outputs[0]: (operator.attributes.get("container"), operator.attributes.get("shared_name"))
        for operator in model.operators
        if operator.kind == "VAR_HANDLE"
    }


def _state_names(model: Model) -> dict[int, object]:
    """As ``_resource_names``, and one name for all tables; nothing at all if the subgraph uses a handle that it is
    given: that may be of any of them."""
    names = _resource_names(model)
    tables = [operator.outputs[0] for operator in model.operators if operator.kind == "HASHTABLE" and operator.outputs]
    names.update(dict.fromkeys(tables, "a table"))
    used = {index for operator in model.operators for index in operator.inputs if index >= 0}
    return names if all(index in names for index in used if _is_handle(model, index)) else {}


def _has_hidden_state(operator: Operator) -> bool:
    return operator.kind.startswith(("CUSTOM:", "BUILTIN:", "RANDOM_", "MULTINOMIAL"))


def _touched(model: Model, operator: Operator, names: dict[int, object]) -> tuple[list[object], list[object]]:
    """The states that an operator reads and those that it writes (which it may read, too)."""
    read: list[object] = []
    written: list[object] = []
    for index in operator.inputs:
        if index < 0:
            continue
        if model.tensors[index].variable:
            assigned = operator.kind in ("ASSIGN_VARIABLE", "SHIFT") and index == operator.inputs[0]
            recurrent = operator.kind in _RECURRENT or _has_hidden_state(operator)
            (written if assigned or recurrent else read).append(index)
        elif _is_handle(model, index):
            state = names.get(index, "a handle from elsewhere")
            (read if operator.kind == "READ_VARIABLE" else written).append(state)
    written.extend(index for index in operator.outputs if model.tensors[index].variable)
    return read, written


def _is_handle(model: Model, index: int) -> bool:
    return model.tensors[index].dtype in _HANDLE_DTYPES
