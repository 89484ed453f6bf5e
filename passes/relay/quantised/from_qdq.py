"""Networks whose quantisation is written as float operators between dequantise and quantise (ONNX's QDQ form), and the
layout of those networks: made into what the matchers know."""

from __future__ import annotations

from collections.abc import Callable

from arenite.passes.relay.quantised.dataflow import Expr, inputs_of, is_call, operator_name, post_order
from arenite.passes.relay.quantised.dense_weights import dense_weights
from arenite.passes.relay.quantised.float_islands import protected, without_barriers
from arenite.passes.relay.quantised.from_uint8 import from_uint8
from arenite.passes.relay.quantised.nhwc import to_nhwc
from arenite.passes.relay.quantised.pad_values import real_pad_values, stored_pad_values
from arenite.passes.relay.quantised.reading import dtype
from arenite.passes.relay.quantised.requantised_parts import requantised_parts
from arenite.passes.relay.quantised.reshape_last import reshape_last
from arenite.passes.relay.quantised.scalar_parameters import scalar_parameters
from arenite.relay_compat import relay, tvm

_PRODUCTS = ("nn.conv2d", "nn.conv2d_transpose", "nn.dense", "nn.batch_matmul")
_BEFORE = (real_pad_values, dense_weights, scalar_parameters, reshape_last, from_uint8, protected)
"""What keeps FakeQuantizationToInteger from failing and from what it gets wrong, each on the result of the last."""


def prepared(module: tvm.IRModule) -> tvm.IRModule:
    """The module with integer operators in NHWC, types inferred. Modules of TensorFlow Lite's importer are both
    already: for them this only infers types."""
    typed = relay.transform.InferType()(module)
    if _is_qdq(typed["main"].body):
        # TVM recognises the form by its constants, and leaves transposed weights as expressions.
        typed = _rewritten(relay.transform.FoldConstant()(typed), *_BEFORE)
        for step in (relay.transform.FakeQuantizationToInteger(), relay.transform.FoldConstant()):
            typed = step(typed)
        typed = _rewritten(relay.transform.InferType()(typed), without_barriers, stored_pad_values)
    return _rewritten(typed, to_nhwc, requantised_parts)


def _rewritten(module: tvm.IRModule, *rewrites: Callable[[Expr], Expr]) -> tvm.IRModule:
    """The module with the body of ``main`` after these rewrites, types inferred; itself if they change nothing."""
    for rewrite in rewrites:
        function = module["main"]
        body = rewrite(function.body)
        if body == function.body:
            continue
        result = tvm.IRModule(module.functions, module.type_definitions, attrs=module.attrs)
        result["main"] = relay.Function(function.params, body, function.ret_type, function.type_params, function.attrs)
        module = relay.transform.InferType()(result)
    return module


def _is_qdq(body: Expr) -> bool:
    """Whether a product in float32 reads a dequantised tensor."""
    return any(
        operator_name(expr) in _PRODUCTS and dtype(expr) == "float32" and any(map(_is_dequantized, expr.args))
        for expr in post_order(body, inputs_of)
    )


def _is_dequantized(expr: Expr) -> bool:
    while is_call(expr, "reshape", "transpose", "nn.pad", "nn.relu", "clip", "nn.max_pool2d"):
        expr = expr.args[0]
    return is_call(expr, "qnn.dequantize")
