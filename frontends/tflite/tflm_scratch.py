"""The scratch in the arena that TFLM's reference kernels ask for while they run (tensorflow/lite/micro/kernels,
signal/micro/kernels).

Optimised kernels (CMSIS-NN, Xtensa) ask for other amounts, custom operators for amounts that only they know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flatbuffers import flexbuffers

from arenite.frontends.model import ITEM_BYTES, Operator, Tensor
from arenite.frontends.tflite.source import DAMAGE

_POINTER_BYTES = 8
"""On the machines that the tflite-micro wheel runs on; a microcontroller needs half of it."""
_LSTM_HIDDEN_STATE, _LSTM_CELL_STATE, _LSTM_BUFFERS = 18, 19, 4
_BOX_CORNERS = 4
# Custom operators of TFLM whose kernels ask for none.
_WITHOUT = frozenset(
    f"CUSTOM:Signal{name}"
    for name in (
        *("Delay", "Energy", "FftAutoScale", "FilterBankLog", "FilterBankSpectralSubtraction"),
        *("FilterBankSquareRoot", "FilterBank", "Framer", "Irfft", "OverlapAdd", "PCAN", "Stacker", "Window"),
    )
) | {"CUSTOM:CIRCULAR_BUFFER"}


class _Other(Exception):
    """The operator is of a form that the kernel refuses."""


@dataclass(frozen=True)
class Call:
    """An operator with its tensors; ``inputs`` has None for what is absent. ``options``: of a custom operator, as the
    file has them."""

    operator: Operator
    inputs: tuple[Tensor | None, ...]
    outputs: tuple[Tensor, ...]
    options: bytes = b""

    def input(self, place: int) -> Tensor:
        found = self.inputs[place] if place < len(self.inputs) else None
        if found is None:
            raise _Other
        return found

    def number(self, name: str) -> int:
        """An entry of the options, which are a map in the FlexBuffers format."""
        return int(flexbuffers.GetRoot(bytearray(self.options)).AsMap[name].AsInt)


def scratch_bytes(call: Call) -> tuple[int, ...]:
    """Bytes of each request of an operator's kernel, in the kernel's order; none for kernels not known here."""
    rule = _RULES.get(call.operator.kind)
    if rule is None or not call.outputs:
        return ()
    try:
        return rule(call)
    except (_Other, KeyError, ZeroDivisionError, *DAMAGE):
        return ()


def scratch_known(kind: str) -> bool:
    """Whether ``scratch_bytes`` tells what the reference kernel of this operator asks for."""
    return not kind.startswith(("CUSTOM:", "BUILTIN:")) or kind in _RULES or kind in _WITHOUT


def _unpacked_weights(call: Call) -> tuple[int, ...]:
    weights = call.input(1)
    return (weights.elements,) if weights.dtype == "int4" else ()


def _transpose_conv(call: Call) -> tuple[int, ...]:
    item = {"int8": 4, "int16": 8}.get(call.input(2).dtype)
    if item is None:
        return ()
    bias = call.inputs[3] if len(call.inputs) > 3 else None
    converted = (8 * bias.elements,) if bias is not None and bias.dtype == "int16" else ()
    return (item * call.outputs[0].elements, *converted)


def _svdf(call: Call) -> tuple[int, ...]:
    batch, filters = call.input(0).shape[0], call.input(1).shape[0]
    sums = 4 * batch * filters
    if call.input(0).dtype != "int8":
        return (sums,)
    return sums, 4 * batch * (filters // _attribute(call, "rank"))


def _lstm(call: Call) -> tuple[int, ...]:
    batch = call.input(0).shape[1 if call.operator.attributes["time_major"] else 0]
    state = call.input(_LSTM_HIDDEN_STATE).shape[1]
    return (batch * state * ITEM_BYTES[call.input(_LSTM_CELL_STATE).dtype],) * _LSTM_BUFFERS


def _reduce(call: Call) -> tuple[int, ...]:
    sums = call.operator.kind in ("MEAN", "SUM") and call.input(0).dtype in ("int8", "int16")
    accumulators = (4 * call.outputs[0].elements,) if sums else ()
    return (*accumulators, 4 * len(call.input(0).shape), 4 * call.input(1).elements)


def _add_n(call: Call) -> tuple[int, ...]:
    return (_POINTER_BYTES * len(call.inputs),)


def _mirror_pad(call: Call) -> tuple[int, ...]:
    return (4 * len(call.input(0).shape),) * 2


def _rfft(call: Call) -> tuple[int, ...]:
    return (ITEM_BYTES[call.input(0).dtype] * call.number("fft_length"),)


def _detection_postprocess(call: Call) -> tuple[int, ...]:
    boxes, scores = call.input(0).shape[1], call.input(1).shape
    detections, classes = call.number("max_detections"), call.number("num_classes")
    found = 4 * detections * boxes
    return (
        boxes,
        4 * boxes * _BOX_CORNERS,
        4 * scores[1] * scores[2],
        *(4 * boxes, 4 * boxes),
        *(found, found),
        4 * boxes,
        found,
        4 * max(classes, detections) * boxes,
        4 * min(boxes, detections) * boxes,
    )


def _attribute(call: Call, name: str) -> int:
    value = call.operator.attributes.get(name)
    if not isinstance(value, int):
        raise _Other
    return value


_RULES: Mapping[str, Callable[[Call], tuple[int, ...]]] = {
    **dict.fromkeys(("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"), _unpacked_weights),
    **dict.fromkeys(("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_ALL"), _reduce),
    "TRANSPOSE_CONV": _transpose_conv,
    "SVDF": _svdf,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": _lstm,
    "ADD_N": _add_n,
    "MIRROR_PAD": _mirror_pad,
    "CUSTOM:SignalRfft": _rfft,
    "CUSTOM:TFLite_Detection_PostProcess": _detection_postprocess,
}
