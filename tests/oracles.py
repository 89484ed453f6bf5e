"""The truth that kernels are held to: TensorFlow Lite's reference kernels, and TensorFlow Lite Micro's."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tflite

Array = npt.NDArray[Any]


class Reference:
    """TFLite's reference kernels for one model, in this process (for models that the tests wrote themselves)."""

    def __init__(self, data: bytes) -> None:
        litert = pytest.importorskip("ai_edge_litert.interpreter", reason="the oracle needs ai-edge-litert")
        self._interpreter = litert.Interpreter(
            model_content=data,
            experimental_op_resolver_type=litert.OpResolverType.BUILTIN_REF,
            experimental_preserve_all_tensors=True,
        )
        self._interpreter.allocate_tensors()

    def run(self, inputs: Sequence[Array]) -> dict[int, Array]:
        """Every tensor that the interpreter can show after one inference, by its index."""
        details = self._interpreter.get_input_details()
        assert len(inputs) == len(details)
        for detail, value in zip(details, inputs, strict=True):
            self._interpreter.set_tensor(detail["index"], value)
        self._interpreter.invoke()
        values: dict[int, Array] = {}
        for detail in self._interpreter.get_tensor_details():
            if detail["dtype"] is np.object_:
                continue  # the interpreter takes a handle of a variable for strings, and may end the process
            # Temporary tensors of kernels stand in the list too, without data.
            with suppress(ValueError):
                values[detail["index"]] = np.array(self._interpreter.get_tensor(detail["index"]))
        return values


def tflite_reference(data: bytes, inputs: Sequence[Array]) -> dict[int, Array]:
    """Every tensor of the model after one inference with TFLite's reference kernels, by its index in the file.

    Skips the running test, with the reason, when ai-edge-litert is not installed.
    """
    return Reference(data).run(inputs)


class MicroReference:
    """TFLite Micro for one model, in this process (for models that the tests wrote themselves)."""

    def __init__(self, data: bytes) -> None:
        name = "tflite_micro.python.tflite_micro.runtime"
        runtime = pytest.importorskip(name, reason="this oracle needs tflite-micro")
        self._interpreter = runtime.Interpreter.from_bytes(data, arena_size=1 << 20)
        self._outputs = tflite.Model.GetRootAsModel(data, 0).Subgraphs(0).OutputsLength()

    def run(self, inputs: Sequence[Array]) -> list[Array]:
        """The outputs after one inference; states are those that the inference before has left."""
        for place, value in enumerate(inputs):
            self._interpreter.set_input(value, place)
        self._interpreter.invoke()
        return [np.array(self._interpreter.get_output(place)) for place in range(self._outputs)]


def tflm_reference(data: bytes, inputs: Sequence[Array]) -> list[Array]:
    """The model's outputs after one inference with TensorFlow Lite Micro's kernels, for what the others lack.

    Skips the running test, with the reason, when tflite-micro is not installed.
    """
    return MicroReference(data).run(inputs)
