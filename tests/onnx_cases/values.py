"""Functions of one value and of several."""

from __future__ import annotations

from functools import partial

import numpy as np

from onnx_cases.samples import Cases, add_case, booleans, f32, floats, integers, x3, x4

CASES: Cases = {}
case = partial(add_case, CASES)

for kind in (
    "Erf",
    "Sqrt",
    "Exp",
    "Log",
    "Abs",
    "Neg",
    "Reciprocal",
    "Floor",
    "Ceil",
    "Round",
    "Sign",
    "Sin",
    "Cos",
    "Tan",
    "Asin",
    "Acos",
    "Atan",
    "Sinh",
    "Cosh",
    "Tanh",
    "Asinh",
    "Acosh",
    "Atanh",
    "Sigmoid",
    "Relu",
    "Softplus",
    "Softsign",
    "Mish",
    "HardSwish",
    "Identity",
):
    low, high = {
        "Sqrt": (0, 9),
        "Log": (0.1, 9),
        "Reciprocal": (0.3, 3),
        "Asin": (-1, 1),
        "Acos": (-1, 1),
        "Atanh": (-0.9, 0.9),
        "Acosh": (1, 5),
        "Tan": (-1.4, 1.4),
    }.get(kind, (-4, 4))
    case(kind.lower(), kind, floats(2, 3, 7, low=low, high=high), opset=18)
case("round_ties", "Round", np.arange(-4, 4.5, 0.5, dtype=np.float32))
case("tanh_wide", "Tanh", floats(4, 50, low=-30, high=30))
case("sigmoid_wide", "Sigmoid", floats(4, 50, low=-100, high=100))
case("softplus_wide", "Softplus", floats(4, 50, low=-60, high=60))
case("erf_wide", "Erf", floats(4, 50, low=-6, high=6))
case("gelu", "Gelu", x3, opset=20)
case("gelu_tanh", "Gelu", x3, opset=20, approximate="tanh")
case("gelu_microsoft", "com.microsoft:Gelu", x3)
case("fast_gelu", "com.microsoft:FastGelu", x3)
case("fast_gelu_bias", "com.microsoft:FastGelu", x3, floats(6), constants=(1,))
case("bias_gelu", "com.microsoft:BiasGelu", x3, floats(6), constants=(1,))
case(
    "skip_layer_normalization",
    "com.microsoft:SkipLayerNormalization",
    floats(1, 5, 8),
    floats(1, 5, 8),
    floats(8),
    floats(8),
    constants=(2, 3),
)
case(
    "skip_layer_normalization_bias",
    "com.microsoft:SkipLayerNormalization",
    floats(1, 5, 8),
    floats(1, 5, 8),
    floats(8),
    floats(8),
    floats(8),
    constants=(2, 3, 4),
)
case("leaky_relu", "LeakyRelu", x3, alpha=0.1)
case("elu", "Elu", x3, alpha=0.7)
case("selu", "Selu", x3)
case("celu", "Celu", x3, alpha=0.7)
case("thresholded_relu", "ThresholdedRelu", x3, alpha=0.7)
case("hard_sigmoid", "HardSigmoid", x3, alpha=0.3, beta=0.4)
case("shrink", "Shrink", x3, lambd=0.5, bias=0.2)
case("prelu", "PRelu", x4, floats(4, 1, 1), constants=(1,))
case("prelu_scalar", "PRelu", x4, f32(0.2), constants=(1,))
case("prelu_full", "PRelu", x4, floats(4, 6, 5), constants=(1,))
case("prelu_activations", "PRelu", x4, floats(4, 6, 5))
case("clip_tensors", "Clip", x3, np.float32(-0.5), np.float32(1.25), constants=(1, 2))
case("clip_low", "Clip", x3, np.float32(-0.5), constants=(1,))
case("clip_high", "Clip", x3, None, np.float32(0.5), constants=(2,))
case("clip_activations", "Clip", x3, np.array(-0.5, np.float32), np.array(1.25, np.float32))
case("clip_6", "Clip", x3, min=-0.5, max=0.25, opset=6)
case("clip_int8", "Clip", integers(3, 9), np.int8(-20), np.int8(77), constants=(1, 2))
case("isinf", "IsInf", f32(1, np.inf, -np.inf, np.nan), opset=20)
case("isnan", "IsNaN", f32(1, np.inf, -np.inf, np.nan))
case("trilu", "Trilu", floats(2, 4, 5))
case("trilu_lower", "Trilu", floats(2, 4, 5), np.int64(1), constants=(1,), upper=0)
for kind in (
    "Add",
    "Sub",
    "Mul",
    "Div",
    "Equal",
    "Less",
    "LessOrEqual",
    "Greater",
    "GreaterOrEqual",
    "Min",
    "Max",
    "Sum",
    "Mean",
):
    case(
        kind.lower(), kind, floats(2, 1, 6).round(0), floats(5, 1).round(0) + np.float32(0.0 if kind != "Div" else 7.0)
    )
for kind in ("Add", "Sub", "Mul", "Less", "Equal", "Greater", "Min", "Max"):
    case(
        f"{kind.lower()}_int32",
        kind,
        integers(2, 9, dtype="int32", low=-5, high=5),
        integers(9, dtype="int32", low=-5, high=5),
    )
    case(
        f"{kind.lower()}_int64",
        kind,
        integers(2, 9, dtype="int64", low=-5, high=5),
        integers(1, dtype="int64", low=-5, high=5),
        constants=(1,),
    )
case(
    "div_int32",
    "Div",
    integers(2, 9, dtype="int32", low=-50, high=50),
    np.array([3, -3, 7, -7, 1, 2, 5, -1, 9], np.int32),
    constants=(1,),
)
case("mul_float_constant", "Mul", x3, f32(0.1), constants=(1,))
case("sum_three", "Sum", x3, floats(6), floats(5, 1))
case("mean_three", "Mean", x3, floats(6), floats(5, 1))
case("max_three", "Max", x3, floats(6), floats(5, 1))
case("min_one", "Min", x3)
case("pow", "Pow", floats(2, 5, low=0.1, high=3), floats(5))
case("pow_int32", "Pow", integers(3, 5, dtype="int32", low=-5, high=5), np.array(3, np.int32), constants=(1,))
case("pow_square", "Pow", x3, np.float32(2), constants=(1,))
case("pow_cube", "Pow", x3, np.float32(3), constants=(1,))
case("pow_half", "Pow", floats(2, 5, low=0.1, high=3), np.float32(0.5), constants=(1,))
case("pow_int64", "Pow", floats(2, 5, low=0.1, high=3), np.int64(3), constants=(1,))
case("mod", "Mod", integers(2, 9, dtype="int32", low=-50, high=50), integers(9, dtype="int32", low=1, high=7))
case(
    "mod_negative", "Mod", integers(2, 9, dtype="int32", low=-50, high=50), integers(9, dtype="int32", low=-7, high=-1)
)
case("fmod", "Mod", floats(2, 9, low=-50, high=50), floats(9, low=1, high=7), fmod=1)
for kind in ("And", "Or", "Xor"):
    case(kind.lower(), kind, booleans(2, 9), booleans(9))
case("not", "Not", booleans(2, 9))
for kind in ("BitwiseAnd", "BitwiseOr", "BitwiseXor"):
    case(kind.lower(), kind, integers(2, 9, dtype="uint8"), integers(9, dtype="uint8"), opset=18)
case("bitwisenot", "BitwiseNot", integers(2, 9, dtype="int32"), opset=18)
case(
    "bitshift_left",
    "BitShift",
    integers(2, 9, dtype="uint32", high=9999),
    integers(9, dtype="uint32", high=5),
    direction="LEFT",
)
case(
    "bitshift_right", "BitShift", integers(2, 9, dtype="uint32"), integers(9, dtype="uint32", high=5), direction="RIGHT"
)
case("where", "Where", booleans(2, 1, 6), x3, floats(5, 1))
case("where_mask", "Where", booleans(5, 6), x3, np.float32(-np.inf), constants=(2,))
case("where_constant_mask", "Where", np.tril(np.ones((5, 6), bool)), x3, np.float32(-1e9), constants=(0, 2))
case("where_int8", "Where", booleans(4, 6), integers(4, 6), integers(6))
