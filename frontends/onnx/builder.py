"""The Model under construction: tensors, operators, and where and in which order each ONNX value lies."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from arenite.errors import UnsupportedError
from arenite.frontends.model import Model, Operator, Quantisation, Tensor
from arenite.frontends.onnx.graph import Array, Node, OnnxGraph
from arenite.frontends.onnx.integers.state import SUFFIX
from arenite.frontends.onnx.layout import Order, arranged, move, plain


class NotConverted(Exception):
    """A node has no counterpart among TensorFlow Lite's operators; the text is the reason."""


@dataclass(frozen=True)
class Stored:
    """A value in the arena: a tensor of the Model, of whatever shape, and the order of its elements."""

    tensor: int
    order: Order


@dataclass
class Builder:
    """What conversions write to. ``pending``: nodes of the file that have no operator of their own, by the tensor that
    holds their result; the next operator that reads it stands for them."""

    graph: OnnxGraph
    tensors: list[Tensor] = field(default_factory=list)
    operators: list[Operator] = field(default_factory=list)
    stored: dict[str, Stored] = field(default_factory=dict)
    folded: dict[int, int] = field(default_factory=dict)
    shares: dict[int, tuple[int, ...]] = field(default_factory=dict)
    pending: dict[int, tuple[int, ...]] = field(default_factory=dict)
    views: dict[tuple[int, tuple[int, ...]], int] = field(default_factory=dict)
    moved: dict[tuple[int, Order], Stored] = field(default_factory=dict)
    writers: dict[int, int] = field(default_factory=dict)
    taken: set[int] = field(default_factory=set)
    indices: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        names = sorted(self.graph.numbers, key=self.graph.numbers.__getitem__)
        for index, name in enumerate(names):
            shape, dtype = self.graph.shape(name), self.graph.dtype(name)
            constant = name in self.graph.constants
            self.tensors.append(Tensor(index, name, shape or (), dtype or "float32", constant=constant))
        self.file_tensors = len(self.tensors)
        self.next_index = self.graph.file_nodes

    # Tensors

    def value(self, name: str, shape: Sequence[int], order: Order | None = None) -> int:
        """A tensor for a value of the graph, of this shape in memory. With the value's number in the file if it has one
        that is free; ``order`` by default as ONNX counts."""
        origin = name.removesuffix(SUFFIX)
        known = self.graph.values[name]
        at_boundary = origin in self.graph.inputs or origin in self.graph.outputs
        number = self.graph.numbers.get(origin) if origin == name or not at_boundary else None
        index = self.tensor(origin, shape, known.dtype, known.quantisation, number)
        self.stored[name] = Stored(index, plain(shape) if order is None else order)
        return index

    def tensor(
        self,
        name: str,
        shape: Sequence[int],
        dtype: str,
        quantisation: Quantisation | None = None,
        number: int | None = None,
    ) -> int:
        """A new tensor, the file's of this number if that is free. Raises UnsupportedError for extents beyond int32."""
        if max(shape, default=0) >= 1 << 31:
            problem = f"'{name}' has the shape {list(shape)}, which is beyond any target"
            raise UnsupportedError(problem, file=self.graph.file, remedy="export a smaller model")
        if number is None or number in self.taken:
            number = len(self.tensors)
            self.tensors.append(Tensor(number, name, tuple(shape), dtype, quantisation))
        else:
            self.tensors[number] = Tensor(number, name, tuple(shape), dtype, quantisation)
        self.taken.add(number)
        return number

    def constant(self, array: Array, name: str = "constant", quantisation: Quantisation | None = None) -> int:
        """A constant tensor that the conversion made."""
        index = len(self.tensors)
        # One value that is only repeated takes no memory, and shall take none here.
        data = np.ascontiguousarray(array) if any(array.strides) else array
        self.tensors.append(
            Tensor(index, name, tuple(array.shape), str(array.dtype), quantisation, data, constant=True)
        )
        return index

    # Values

    def order_of(self, name: str) -> Order:
        return self.stored[name].order

    def shape(self, name: str) -> tuple[int, ...]:
        shape = self.graph.shape(name)
        assert shape is not None
        return shape

    def is_constant(self, name: str) -> bool:
        return name in self.graph.constants

    def read(self, name: str, order: Order, shape: Sequence[int]) -> int:
        """A tensor of this shape with the value's elements in this order; moves them only where it must."""
        if name in self.graph.constants:
            array = arranged(self.graph.constants[name], order).reshape(tuple(shape))
            value = self.graph.values.get(name)
            index = self.constant(array, name, value.quantisation if value else None)
            self._wait(index, self.graph.constant_sources.get(name, ()))
            return index
        return self.view(self.in_order(self.stored[name], order).tensor, shape)

    def in_order(self, stored: Stored, order: Order) -> Stored:
        if stored.order == order:
            return stored
        key = (stored.tensor, order)
        if key not in self.moved:
            step = move(stored.order, order)
            if step is None:
                extents = (math.prod(stored.order.extents),)
                self.moved[key] = self.in_order(self.in_order(stored, plain(extents)), order)
            else:
                source = self.view(stored.tensor, step.shape)
                tensor = self.tensors[source]
                shape = [step.shape[axis] for axis in step.axes]
                result = self.tensor(tensor.name, shape, tensor.dtype, tensor.quantisation)
                axes = self.constant(np.array(step.axes, np.int32), "axes")
                self.operator("TRANSPOSE", (source, axes), (result,))
                self.moved[key] = Stored(result, order)
        return self.moved[key]

    def view(self, index: int, shape: Sequence[int], number: int | None = None) -> int:
        """The same bytes under another shape."""
        tensor, wanted = self.tensors[index], tuple(shape)
        if tensor.shape == wanted and number is None:
            return index
        key = (index, wanted)
        if key not in self.views or number is not None:
            name = tensor.name if number is None else self.tensors[number].name
            result = self.tensor(name, wanted, tensor.dtype, tensor.quantisation, number)
            target = self.constant(np.array(wanted, np.int32), "shape")
            self.operator("RESHAPE", (index, target), (result,), {"new_shape": wanted}, waits=True)
            self.views[key] = result
        return self.views[key]

    # Operators

    def operator(
        self,
        kind: str,
        inputs: Sequence[int],
        outputs: Sequence[int],
        attributes: Mapping[str, Any] | None = None,
        node: Node | None = None,
        *,
        waits: bool = False,
    ) -> None:
        """Appends an operator, which stands for ``node`` and for what is pending on its inputs; one that ``waits`` only
        hands that on."""
        sources = list(node.sources) if node else []
        for index in dict.fromkeys(inputs):
            sources += self.pending.pop(index, ()) if index >= 0 else ()
        if waits:
            self._wait(outputs[0], sources)
            sources = []
        index = sources[0] if sources and sources[0] not in self.indices else self.next_index
        if index == self.next_index:
            self.next_index += 1
        self.indices.add(index)
        if sources:
            self.shares[index] = tuple(dict.fromkeys(sources))
        for source in sources:
            if source != index:
                self.folded.setdefault(source, index)
        self.operators.append(Operator(index, kind, tuple(inputs), tuple(outputs), dict(attributes or {})))
        for tensor in outputs:
            self.writers[tensor] = index

    def vanish(self, node: Node, stored: Mapping[str, Stored]) -> None:
        """A node whose results are values that lie in memory already."""
        self.stored.update(stored)
        for place in dict.fromkeys(each.tensor for each in stored.values()):
            self._wait(place, node.sources)

    def _wait(self, tensor: int, sources: Sequence[int]) -> None:
        if sources:
            self.pending[tensor] = (*self.pending.get(tensor, ()), *sources)

    def finish(self, name: str, inputs: Sequence[int], outputs: Sequence[int], **more: Any) -> Model:
        """The Model. What is still pending joins the writer of its tensor, or the first operator that reads it."""
        readers: dict[int, int] = {}
        for operator in reversed(self.operators):
            readers.update(dict.fromkeys(operator.inputs, operator.index))
        for tensor, sources in self.pending.items():
            host = self.writers.get(tensor, readers.get(tensor))
            for source in sources:
                if host is not None and source != host and source not in self.indices:
                    self.folded.setdefault(source, host)
        folded = {source: host for source, host in self.folded.items() if source not in self.indices}
        return Model(
            file=self.graph.file,
            name=name,
            tensors=tuple(self.tensors),
            operators=tuple(self.operators),
            inputs=tuple(inputs),
            outputs=tuple(outputs),
            folded=folded,
            shares=dict(self.shares),
            file_operators=self.graph.file_nodes,
            file_tensors=self.file_tensors,
            **more,
        )
