"""Networks whose quantisation is written as float operators between dequantise and quantise (ONNX's QDQ form), and the
layout of those networks: made into what the matchers know."""

from __future__ import annotations

from arenite.passes.relay.quantised.dataflow import Expr, inputs_of, is_call, operator_name, post_order
from arenite.passes.relay.quantised.nhwc import to_nhwc
from arenite.passes.relay.quantised.reading import dtype
from arenite.relay_compat import relay, tvm

_PRODUCTS = ("nn.conv2d", "nn.conv2d_transpose", "nn.dense", "nn.batch_matmul")


def prepared(module: tvm.IRModule) -> tvm.IRModule:
    """The module with integer operators in NHWC, types inferred. Modules of TensorFlow Lite's importer are both
    already: for them this only infers types."""
    typed = relay.transform.InferType()(module)
    if _is_qdq(typed["main"].body):
        # TVM recognises the form by its constants, and leaves transposed weights as expressions.
        for step in (
            relay.transform.FoldConstant(),
            relay.transform.FakeQuantizationToInteger(),
            relay.transform.FoldConstant(),
            relay.transform.InferType(),
        ):
            typed = step(typed)
    function = typed["main"]
    body = to_nhwc(function.body)
    if body == function.body:
        return typed
    result = tvm.IRModule(typed.functions, typed.type_definitions, attrs=typed.attrs)
    result["main"] = relay.Function(function.params, body, function.ret_type, function.type_params, function.attrs)
    return relay.transform.InferType()(result)


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
