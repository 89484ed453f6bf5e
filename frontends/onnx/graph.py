"""An ONNX graph as data: what the steps from file to Model hand on to each other. Layouts and names are the file's.

``load`` makes it, the passes of this package (``qoperator``, ``shapes``, ``fold`` ...) map graph to graph, ``convert``
turns it into a Model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import AttributeProto, helper

from arenite.frontends.model import Quantisation

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Node:
    """``kind``: the operator, ``Conv``; of domains other than ONNX's own with the domain, ``com.microsoft:Gelu``.

    ``inputs`` and ``outputs`` are names of values; "" stands for one that is left out. ``sources``: indices of the
    nodes of the file that this one stands for, first the one that messages name.
    """

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, AttributeProto] = field(default_factory=dict)
    sources: tuple[int, ...] = ()

    @property
    def label(self) -> str:
        return f"{self.kind} #{self.sources[0]}" if self.sources else self.kind

    def get(self, name: str, default: Any = None) -> Any:
        """An attribute as a Python value: numbers, lists of them, text for strings; protos for tensors and graphs."""
        if name not in self.attributes:
            return default
        value = helper.get_attribute_value(self.attributes[name])
        return value.decode("utf-8", errors="replace") if isinstance(value, bytes) else value


def attributes(**values: Any) -> dict[str, AttributeProto]:
    """Attributes of a node that arenite makes. Lists must not be empty."""
    return {name: helper.make_attribute(name, value) for name, value in values.items()}


def dtype_name(array: Array) -> str:
    """As Value has it: texts are objects to numpy."""
    return "string" if array.dtype.kind in "OUS" else str(array.dtype)


@dataclass(frozen=True)
class Value:
    """``shape``: None while it is unknown. ``quantisation``: of integers that stand for real numbers."""

    name: str
    shape: tuple[int, ...] | None
    dtype: str
    quantisation: Quantisation | None = None


@dataclass(frozen=True, eq=False)
class OnnxGraph:
    """The main graph of a file; ``nodes`` stand in an order in which they can run.

    ``values``: what is known of type and shape, for any value but constants. ``constants``: initializers and what was
    computed from them. ``constant_sources``: nodes of the file that computed a constant. ``numbers``: place of every
    value name of the file in the order of their first appearance, over the nodes' inputs and outputs, then over graph
    inputs, initializers and graph outputs that no node names. ``declared``: shapes as the file states them, where a
    string stands for an open axis ("" or its symbol). ``domains``: versions of the operator sets beside ONNX's own.
    """

    file: str
    name: str
    opset: int
    nodes: tuple[Node, ...]
    values: Mapping[str, Value]
    constants: Mapping[str, Array]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    numbers: Mapping[str, int]
    file_nodes: int
    constant_sources: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    declared: Mapping[str, tuple[int | str, ...]] = field(default_factory=dict)
    domains: Mapping[str, int] = field(default_factory=dict)

    def shape(self, name: str) -> tuple[int, ...] | None:
        """Of a value or constant; None where it is unknown."""
        if name in self.constants:
            return tuple(self.constants[name].shape)
        value = self.values.get(name)
        return value.shape if value else None

    def dtype(self, name: str) -> str | None:
        if name in self.constants:
            return dtype_name(self.constants[name])
        value = self.values.get(name)
        return value.dtype if value else None

    def scalar(self, name: str) -> float | None:
        """The one element of a constant; None for anything else."""
        constant = self.constants.get(name)
        return None if constant is None or constant.size != 1 else float(np.asarray(constant).reshape(-1)[0])
