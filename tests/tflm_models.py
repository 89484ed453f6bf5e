"""Models for TFLM's view of memory: branches in a bad order, control flow, state, odd tensors. All of float operators
that TFLM's reference kernels know."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import numpy as np
from flatbuffers import flexbuffers
from models.writer import ModelWriter

Writer = ModelWriter


def pooled_branches(w: Writer, source: int, branches: int, size: int = 8, channels: int = 2) -> int:
    """All branches are widened first and narrowed afterwards: an order that needs far more than branch by branch."""
    wide = []
    for branch in range(branches):
        copies = 2 + branch % 3
        wide.append((w.tensor(None, (1, size, size, channels * copies), "float32"), channels * copies))
        w.operator("CONCATENATION", [source] * copies, [wide[-1][0]], axis=3)
    narrow = []
    for tensor, width in wide:
        narrow.append(w.tensor(None, (1, size // 2, size // 2, width), "float32"))
        w.operator(
            "MAX_POOL_2D", [tensor], [narrow[-1]],
            padding="VALID", stride_h=2, stride_w=2, filter_height=2, filter_width=2,
        )  # fmt: skip
    total = sum(width for _, width in wide)
    joined = w.tensor("joined", (1, size // 2, size // 2, total), "float32")
    w.operator("CONCATENATION", narrow, [joined], axis=3)
    return joined


def _input(w: Writer, size: int = 8) -> int:
    return w.tensor("x", (1, size, size, 2), "float32")


def _relu(w: Writer, source: int, shape: Sequence[int]) -> int:
    result = w.tensor(None, shape, "float32")
    w.operator("RELU", [source], [result])
    return result


def branches(metadata: Sequence[tuple[str, bytes]] = ()) -> bytes:
    """One subgraph, unnamed tensors, a RESHAPE (a copy in TFLM), an input that is also an output."""
    w = Writer()
    x = _input(w)
    joined = pooled_branches(w, x, 4)
    shape = w.tensor("shape", (2,), "int32", data=[1, 16 * 22])
    flat = w.tensor("flat", (1, 16 * 22), "float32")
    w.operator("RESHAPE", [joined, shape], [flat])
    return w.finish([x], [flat], metadata=metadata)


def unused_tensors() -> bytes:
    """An unread input, an unread result, and a tensor that nobody knows."""
    w = Writer()
    x = _input(w)
    unread = w.tensor("unread", (1, 700), "float32")
    w.tensor("orphan", (1, 100), "float32")
    joined = pooled_branches(w, x, 3)
    _relu(w, x, (1, 8, 8, 2))
    return w.finish([x, unread], [joined, x])


def conditional() -> bytes:
    """IF within branches; both of its subgraphs have branches of their own."""
    w = Writer()
    x = _input(w)
    condition = w.tensor("condition", (1,), "bool")
    a = _relu(w, x, (1, 8, 8, 2))
    b = _relu(w, a, (1, 8, 8, 2))
    chosen = w.tensor("chosen", (1, 4, 4, 9 * 2), "float32")
    w.operator("IF", [condition, b], [chosen], then_subgraph_index=1, else_subgraph_index=2)
    joined = pooled_branches(w, a, 4)
    last = w.tensor("last", (1, 4, 4, 9 * 2 + 11 * 2), "float32")
    w.operator("CONCATENATION", [chosen, joined], [last], axis=3)
    others = []
    for name in ("then", "else"):
        other = Writer(name)
        y = _input(other)
        z = _relu(other, y, (1, 8, 8, 2)) if name == "else" else y
        others.append((other, [y], [pooled_branches(other, z, 3)]))
    return w.finish([condition, x], [last], others=others)


def called_twice() -> bytes:
    """Two IFs that run the same subgraphs, whose tensors live from the first call to the second in TFLM's view."""
    w = Writer()
    x = _input(w)
    condition = w.tensor("condition", (1,), "bool")
    first = w.tensor("first", (1, 8, 8, 2), "float32")
    second = w.tensor("second", (1, 8, 8, 2), "float32")
    w.operator("IF", [condition, x], [first], then_subgraph_index=1, else_subgraph_index=2)
    joined = pooled_branches(w, first, 3)
    w.operator("IF", [condition, first], [second], then_subgraph_index=1, else_subgraph_index=2)
    others = []
    for name in ("then", "else"):
        other = Writer(name)
        y = _input(other)
        z = other.tensor(None, (1, 8, 8, 2), "float32")
        other.operator("ADD", [y, _relu(other, y, (1, 8, 8, 2))], [z])
        others.append((other, [y], [z]))
    return w.finish([condition, x], [joined, second], others=others)


def looped() -> bytes:
    """WHILE, three times around a body that has something to order, beside branches."""
    w = Writer()
    x = _input(w)
    start = w.tensor("start", (1,), "float32")
    count, y = w.tensor("count", (1,), "float32"), w.tensor("y", (1, 8, 8, 2), "float32")
    w.operator("WHILE", [start, x], [count, y], cond_subgraph_index=1, body_subgraph_index=2)
    joined = pooled_branches(w, x, 4)
    condition, body = Writer("condition"), Writer("body")
    seen, _, less = condition.tensor("n", (1,), "float32"), _input(condition), condition.tensor("less", (1,), "bool")
    condition.operator("LESS", [seen, condition.tensor("limit", (1,), "float32", data=[3])], [less])
    n, z = body.tensor("n", (1,), "float32"), _input(body)
    more, last = body.tensor("more", (1,), "float32"), body.tensor("last", (1, 8, 8, 2), "float32")
    wide = [body.tensor(None, (1, 8, 8, 6), "float32") for _ in range(2)]
    for tensor in wide:
        body.operator("CONCATENATION", [z] * 3, [tensor], axis=3)
    for tensor in wide:
        _relu(body, tensor, (1, 8, 8, 6))
    body.operator("ADD", [n, body.tensor("one", (1,), "float32", data=[1])], [more])
    body.operator("ADD", [z, z], [last])
    others = [(condition, [seen, 1], [less]), (body, [n, z], [more, last])]
    return w.finish([start, x], [joined, count, y], others=others)


def stateful() -> bytes:
    """A counter in a resource variable, read, updated and read again beside branches; CALL_ONCE sets it."""
    w = Writer()
    x = _input(w)
    handle = w.tensor("handle", (), "resource")
    w.operator("CALL_ONCE", [], [], init_subgraph_index=1)
    w.operator("VAR_HANDLE", [], [handle], container="", shared_name="counter")
    before, after = (w.tensor(name, (1, 8, 8, 2), "float32") for name in ("before", "after"))
    w.operator("READ_VARIABLE", [handle], [before])
    total = w.tensor("total", (1, 8, 8, 2), "float32")
    w.operator("ADD", [before, x], [total])
    w.operator("ASSIGN_VARIABLE", [handle, total], [])
    joined = pooled_branches(w, before, 4)
    w.operator("READ_VARIABLE", [handle], [after])
    again = pooled_branches(w, after, 3)
    other = Writer("init")
    start = other.tensor("start", (1, 8, 8, 2), "float32", data=np.ones((1, 8, 8, 2)))
    other_handle = other.tensor("handle", (), "resource")
    other.operator("VAR_HANDLE", [], [other_handle], container="", shared_name="counter")
    doubled = other.tensor("doubled", (1, 8, 8, 2), "float32")
    other.operator("ADD", [start, _relu(other, start, (1, 8, 8, 2))], [doubled])
    other.operator("ASSIGN_VARIABLE", [other_handle, doubled], [])
    return w.finish([x], [joined, again], others=[(other, [], [])])


def handed_over() -> bytes:
    """A subgraph that reads a variable by a handle that it is given, and assigns it by one of its own. CALL_ONCE sets
    the variable; nothing stands between it and the call."""
    w = Writer()
    x = _input(w)
    condition = w.tensor("condition", (1,), "bool")
    handle = w.tensor("handle", (), "resource")
    w.operator("VAR_HANDLE", [], [handle], container="", shared_name="last")
    w.operator("CALL_ONCE", [], [], init_subgraph_index=3)
    joined, old = w.tensor("joined", (1, 4, 4, 9 * 2), "float32"), w.tensor("old", (1, 8, 8, 2), "float32")
    w.operator("IF", [condition, handle, x], [joined, old], then_subgraph_index=1, else_subgraph_index=2)
    others = []
    for name in ("then", "else"):
        other = Writer(name)
        y, given, own = _input(other), other.tensor("given", (), "resource"), other.tensor("own", (), "resource")
        other.operator("VAR_HANDLE", [], [own], container="", shared_name="last")
        narrow = pooled_branches(other, y, 3)
        before, after = (other.tensor(name, (1, 8, 8, 2), "float32") for name in ("before", "after"))
        other.operator("READ_VARIABLE", [given], [before])
        other.operator("ADD", [y, y], [after])
        other.operator("ASSIGN_VARIABLE", [own, after], [])
        others.append((other, [given, y], [narrow, before]))
    others.append((_initialiser("last", (1, 8, 8, 2)), [], []))
    return w.finish([condition, x], [joined, old], others=others)


def _initialiser(name: str, shape: Sequence[int]) -> Writer:
    """A subgraph that sets a variable to 0."""
    w = Writer("init")
    handle, zero = w.tensor("handle", (), "resource"), w.tensor("zero", shape, "float32", data=np.zeros(shape))
    w.operator("VAR_HANDLE", [], [handle], container="", shared_name=name)
    w.operator("ASSIGN_VARIABLE", [handle, zero], [])
    return w


def streaming() -> bytes:
    """A CIRCULAR_BUFFER ends two inferences of three; a counter in front of it counts all of them."""
    w = Writer()
    x = _input(w)
    sample = w.tensor("sample", (1, 1, 1, 16), "int8", scale=1.0)
    handle = w.tensor("handle", (), "resource")
    w.operator("CALL_ONCE", [], [], init_subgraph_index=1)
    w.operator("VAR_HANDLE", [], [handle], container="", shared_name="counter")
    joined = pooled_branches(w, x, 3)
    before, after = (w.tensor(name, (1,), "float32") for name in ("before", "after"))
    w.operator("READ_VARIABLE", [handle], [before])
    w.operator("ADD", [before, w.tensor("one", (1,), "float32", data=[1])], [after])
    w.operator("ASSIGN_VARIABLE", [handle, after], [])
    window, last = (w.tensor(name, (1, 3, 1, 16), "int8", scale=1.0) for name in ("window", "last"))
    cycles = flexbuffers.Dumps({"cycles_max": 3})
    w.operator("CUSTOM:CIRCULAR_BUFFER", [sample], [window], custom_options=bytes(cycles))
    w.operator("RELU", [window], [last])
    return w.finish([x, sample], [joined, after], others=[(_initialiser("counter", (1,)), [], [])])


def random_model(seed: int, operators: int = 10) -> bytes:
    """A random graph of RELU, ADD, CONCATENATION and MAX_POOL_2D; its order is as random as it can be."""
    choose = random.Random(seed)
    w = Writer()
    x = _input(w)
    shapes = {x: (1, 8, 8, 2)}
    read: set[int] = set()
    for _ in range(operators):
        source = choose.choice(list(shapes)[-6:])
        _, height, width, channels = shapes[source]
        kind = choose.choice(("RELU", "ADD", "CONCATENATION", "CONCATENATION", "MAX_POOL_2D"))
        alike = [tensor for tensor, shape in shapes.items() if shape == shapes[source]]
        inputs, options, shape = [source], {}, shapes[source]
        if kind == "ADD":
            inputs.append(choose.choice(alike))
        elif kind == "CONCATENATION":
            inputs += choose.choices(alike, k=choose.choice((1, 1, 2)))
            options, shape = {"axis": 3}, (1, height, width, channels * len(inputs))
        elif kind == "MAX_POOL_2D" and height > 1:
            options = {"padding": "VALID", "stride_h": 2, "stride_w": 2, "filter_height": 2, "filter_width": 2}
            shape = (1, height // 2, width // 2, channels)
        else:
            kind = "RELU"
        if shape[3] > 64:
            continue
        result = w.tensor(None, shape, "float32")
        w.operator(kind, inputs, [result], **options)
        shapes[result] = shape
        read.update(inputs)
    outputs = [tensor for tensor in shapes if tensor not in read] or [x]
    choose.shuffle(outputs)
    return w.finish([x], outputs[: choose.choice((1, 2, 9))])


_FUNCTIONS = (branches, unused_tensors, conditional, called_twice, looped, stateful, handed_over, streaming)
NAMED: dict[str, Callable[[], bytes]] = {function.__name__: function for function in _FUNCTIONS}
