"""Row functions are called with rows that lie anywhere in an arena; here with rows in random places."""

from __future__ import annotations

import ctypes

import numpy as np
from kernel_harness import run_model

from arenite.codegen.host import load_host_library
from arenite.frontends.operators import lower
from arenite.frontends.tflite import parse_tflite


def check_scattered_rows(data: bytes, seed: int = 0) -> None:
    """One convolution (batch 1) row by row, its input rows shuffled in memory with garbage between them, compared with
    the whole-operator function."""
    model = parse_tflite(data, "test.tflite")
    generator = np.random.default_rng(seed)
    source, result = model.tensors[model.inputs[0]], model.tensors[model.outputs[0]]
    image = generator.integers(-128, 127, source.shape, np.int8, endpoint=True)
    expected = run_model(model, [image])[result.index]
    (call,) = lower(model, model.operators[0]).calls
    function = getattr(load_host_library(), call.kernel.replace("_s8", "_row_s8"))
    function.restype = None

    row_bytes = source.shape[2] * source.shape[3]
    pitch = row_bytes + 5
    place = generator.permutation(source.shape[1]) * pitch
    memory = generator.integers(-128, 127, source.shape[1] * pitch, np.int8, endpoint=True)
    for row, offset in enumerate(place):
        memory[offset : offset + row_bytes] = image[0, row].ravel()

    layer = np.array(list(call.layer.values()), dtype=np.int32)
    constants = [np.ascontiguousarray(array) for name, array in call.constants.items() if name != "taps"]
    kernel_rows = len(call.constants["taps"])
    for y in range(result.shape[1]):
        top = y * call.layer["stride_rows"] - call.layer["pad_top"]
        rows = [top + k * call.layer["dilation_rows"] for k in range(kernel_rows)]
        inside = [k for k, row in enumerate(rows) if 0 <= row < source.shape[1]]
        start = 11
        taps = np.array([place[row] - start if k in inside else 2**30 for k, row in enumerate(rows)], dtype=np.int32)
        out = np.zeros(expected[0, y].size, np.int8)
        function(
            ctypes.c_void_p(layer.ctypes.data),
            ctypes.c_void_p(memory.ctypes.data),
            ctypes.c_int32(start),
            ctypes.c_void_p(taps.ctypes.data),
            ctypes.c_int32(inside[0]),
            ctypes.c_int32(inside[-1] + 1),
            *(ctypes.c_void_p(array.ctypes.data) for array in constants),
            ctypes.c_void_p(out.ctypes.data),
        )
        np.testing.assert_array_equal(out, expected[0, y].ravel(), err_msg=f"row {y}")
