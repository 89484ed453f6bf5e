"""Models whose weights are quantised but whose activations are not: refused, with what to convert them to."""

from __future__ import annotations

from arenite.errors import UnsupportedError
from arenite.frontends.model import Model, Operator, Tensor

STORED = frozenset({"int4", "int8", "uint8", "int16"})


def refuse_hybrid(model: Model) -> None:
    """Raises UnsupportedError if an operator computes in float32 with quantised or float16 weights, or unpacks sparse
    ones."""
    found = [(operator, weights) for operator in model.operators if (weights := _weights(model, operator)) is not None]
    if found:
        operator, weights = found[0]
        others = f", and so do {len(found) - 1} others" if len(found) > 1 else ""
        raise UnsupportedError(
            f"computes in float32 with weights of {weights.dtype} (hybrid or dynamic-range quantisation){others}",
            file=model.file,
            operator=operator.label,
            remedy="convert with full-integer quantisation, for which the converter needs a representative dataset, or "
            "without quantising the weights",
        )
    sparse = next((operator for operator in model.operators if operator.kind == "DENSIFY"), None)
    if sparse is not None:
        raise UnsupportedError(
            "unpacks sparse weights",
            file=model.file,
            operator=sparse.label,
            remedy="convert without sparsity, as the weights lie in flash as they are computed with",
        )


def _weights(model: Model, operator: Operator) -> Tensor | None:
    """The first constant that is quantised, or float16, of an operator whose result is float32."""
    if operator.kind == "DEQUANTIZE" or operator.kind.startswith(("ONNX:", "CUSTOM:")) or not operator.outputs:
        return None
    if model.tensors[operator.outputs[0]].dtype != "float32":
        return None
    for tensor in (model.tensors[index] for index in operator.inputs if index >= 0):
        quantised = tensor.dtype in STORED and tensor.quantisation is not None
        if tensor.constant and (quantised or tensor.dtype == "float16"):
            return tensor
    return None
