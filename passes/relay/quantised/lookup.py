"""Functions of single values, and softmax: qnn.dequantize -> function -> qnn.quantize, or one qnn operator."""

from __future__ import annotations

from collections.abc import Mapping

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.passes.relay.quantised import table
from arenite.passes.relay.quantised.candidate import Activation, Candidate, candidate
from arenite.passes.relay.quantised.dataflow import Dataflow, Expr, is_call, operator_name
from arenite.passes.relay.quantised.reading import is_constant, quantisation, shape

FLOAT_KINDS = {
    "nn.softmax": "SOFTMAX", "nn.log_softmax": "LOG_SOFTMAX", "sigmoid": "LOGISTIC", "tanh": "TANH", "exp": "EXP",
    "log": "LOG", "rsqrt": "RSQRT", "sqrt": "SQRT", "abs": "ABS", "nn.leaky_relu": "LEAKY_RELU",
}  # fmt: skip
QNN_KINDS = {
    "qnn.softmax": "SOFTMAX", "qnn.sigmoid": "LOGISTIC", "qnn.tanh": "TANH", "qnn.exp": "EXP", "qnn.log": "LOG",
    "qnn.rsqrt": "RSQRT", "qnn.sqrt": "SQRT", "qnn.abs": "ABS", "qnn.leaky_relu": "LEAKY_RELU",
    "qnn.hardswish": "HARD_SWISH",
}  # fmt: skip


def match(flow: Dataflow, root: Expr) -> Candidate | None:
    if is_call(root, "qnn.quantize"):
        named = _island(flow, root)
        return named if named and _is_lowered(named) else table.match(flow, root) or named
    kind = QNN_KINDS[operator_name(root)]
    data, *parameters = root.args
    source, result = quantisation(*parameters[:2]), quantisation(*parameters[2:4])
    return candidate(kind, [Activation(data, source)], Activation(root, result), _attributes(root, kind), (root,))


def _island(flow: Dataflow, quantize: Expr) -> Candidate | None:
    """One function in float32 with int8 on both sides. The dequantised input may have other readers."""
    function = quantize.args[0]
    kind = FLOAT_KINDS.get(operator_name(function))
    dequantize, inner = (function.args[0], [function]) if kind else _hard_swish(function)
    if dequantize is None or not is_call(dequantize, "qnn.dequantize"):
        return None
    # The parts of a hard swish read each other; its input has two readers within.
    own_reads = 2 if kind is None else 1
    if not all(flow.only_use(expr) for expr in inner):
        raise NotLowered("its float32 result is read by another operator, too")
    kind = kind or "HARD_SWISH"
    source = quantisation(*dequantize.args[1:3])
    result = quantisation(*quantize.args[1:3])
    before = [dequantize] if len(flow.readers[dequantize]) == own_reads else []
    return candidate(
        kind,
        [Activation(dequantize.args[0], source)],
        Activation(quantize, result),
        _attributes(function, kind),
        (*before, *inner, quantize),
    )


def _is_lowered(named: Candidate) -> bool:
    try:
        lower(named.model, named.operator)
    except NotLowered:
        return False
    return True


def _attributes(function: Expr, kind: str) -> Mapping[str, object]:
    if kind == "LEAKY_RELU":
        return {"alpha": float(function.attrs.alpha)}
    if kind not in ("SOFTMAX", "LOG_SOFTMAX"):
        return {}
    axis, rank = int(function.attrs.axis), len(shape(function))
    if axis not in (-1, rank - 1):
        raise NotLowered(f"it is along axis {axis} of {rank}")
    return {"beta": 1.0}


def _hard_swish(expr: Expr) -> tuple[Expr | None, list[Expr]]:
    """x and the calls of x * clip(x + 3, 0, 6) / 6."""
    if not is_call(expr, "divide") or not _is_number(expr.args[1], 6.0):
        return None, []
    product = expr.args[0]
    if not is_call(product, "multiply"):
        return None, []
    x, clip = product.args
    if not is_call(clip, "clip") or (float(clip.attrs.a_min), float(clip.attrs.a_max)) != (0.0, 6.0):
        return None, []
    shifted = clip.args[0]
    if not is_call(shifted, "add") or shifted.args[0] != x or not _is_number(shifted.args[1], 3.0):
        return None, []
    return x, [shifted, clip, product, expr]


def _is_number(expr: Expr, number: float) -> bool:
    return is_constant(expr) and expr.data.numpy().size == 1 and float(expr.data.numpy().ravel()[0]) == number
