"""State made explicit: which tensors of a TensorFlow Lite model live across inferences, and what they hold at first."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from arenite.frontends.model import Model, Tensor
from arenite.frontends.tflite_tensors import WITHOUT_ARRAY


def marked_states(model: Model) -> dict[int, npt.NDArray[np.generic]]:
    """The tensors marked ``is_variable`` that an operator reads, and their values before the first inference.

    As ``ResetVariableTensor`` of TensorFlow Lite and TensorFlow Lite Micro has them: every byte is 0, of int8 tensors
    their zero point.
    """
    read = {index for operator in model.operators for index in operator.inputs if index >= 0}
    tensors = [model.tensors[index] for index in sorted(read)]
    return {
        tensor.index: _first_value(tensor)
        for tensor in tensors
        if tensor.variable and tensor.dtype not in WITHOUT_ARRAY
    }


def _first_value(tensor: Tensor) -> npt.NDArray[np.generic]:
    value = tensor.quantisation.zero_point if tensor.quantisation and tensor.dtype == "int8" else 0
    # A view of one element: the file does not pay for the size that it names.
    return np.broadcast_to(np.array(value).astype(tensor.dtype), tensor.shape)
