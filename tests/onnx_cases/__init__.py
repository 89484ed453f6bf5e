"""Single ONNX nodes, by name, that compile through TVM, and some that do not; ONNX Runtime tells what they compute."""

from onnx_cases import forms, moves, products, reductions, resampling, values
from onnx_cases.refused import REFUSED

__all__ = ["CASES", "REFUSED"]

CASES = {
    name: case
    for module in (products, values, moves, resampling, reductions, forms)
    for name, case in module.CASES.items()
}
