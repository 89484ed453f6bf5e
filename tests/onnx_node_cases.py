"""Single nodes, by name, that compile through TVM: each with sample values; what ONNX Runtime makes of them is truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import helper
from onnx_nodes import NodeCase

Array = npt.NDArray[Any]


def floats(*shape: int, low: float = -2, high: float = 2) -> Array:
    return np.random.default_rng(sum(shape)).uniform(low, high, shape).astype(np.float32)


def integers(*shape: int, dtype: str = "int8", low: int | None = None, high: int | None = None) -> Array:
    limits = np.iinfo(dtype)
    low, high = limits.min if low is None else low, limits.max if high is None else high
    return np.random.default_rng(sum(shape)).integers(low, high, shape, dtype, endpoint=True)


def booleans(*shape: int) -> Array:
    return np.random.default_rng(sum(shape)).integers(0, 2, shape).astype(bool)


def i64(*values: int) -> Array:
    return np.array(values, np.int64)


def f32(*values: float) -> Array:
    return np.array(values, np.float32)


CASES: dict[str, NodeCase] = {}


def case(
    name: str,
    kind: str,
    *inputs: Array | None,
    constants: Any = (),
    outputs: Any = ("y",),
    opset: int = 17,
    **attributes: Any,
) -> None:
    assert name not in CASES
    CASES[name] = NodeCase(kind, inputs, attributes, constants, outputs, opset)


x4 = floats(1, 4, 6, 5)
x3 = floats(2, 5, 6)

# products
case("matmul", "MatMul", floats(3, 4), floats(4, 5))
case("matmul_batched", "MatMul", floats(2, 3, 4, 5), floats(3, 5, 6))
case("matmul_vector", "MatMul", floats(4), floats(2, 4, 3))
case("matmul_constant", "MatMul", floats(2, 7, 5), floats(5, 6), constants=(1,))
case(
    "matmul_int32",
    "MatMul",
    integers(3, 4, dtype="int32", low=-99, high=99),
    integers(4, 5, dtype="int32", low=-99, high=99),
)
case("matmul_integer", "MatMulInteger", integers(3, 4), integers(4, 5), np.int8(3), np.int8(-7), constants=(2, 3))
case(
    "matmul_integer_uint8", "MatMulInteger", integers(3, 4, dtype="uint8"), integers(4, 5), np.uint8(3), constants=(2,)
)
case("gemm", "Gemm", floats(4, 3), floats(5, 4), floats(5), transA=1, transB=1, alpha=0.5, beta=2.0)
case("gemm_plain", "Gemm", floats(3, 4), floats(4, 5))
case("gemm_constant", "Gemm", floats(3, 4), floats(5, 4), floats(1, 5), transB=1, constants=(1, 2))
case("einsum", "Einsum", floats(2, 3, 4), floats(2, 4, 5), equation="bij,bjk->bik")
case("einsum_heads", "Einsum", floats(1, 3, 2, 4), floats(1, 5, 2, 4), equation="bqhd,bkhd->bhqk")
case("conv_1d", "Conv", floats(1, 3, 12), floats(4, 3, 3), floats(4), constants=(1, 2), pads=[1, 2], strides=[2])
case("conv_2d_activations", "Conv", floats(1, 3, 6, 7), floats(4, 3, 3, 3), pads=[1, 1, 1, 1], dilations=[1, 2])
case(
    "conv_2d_grouped",
    "Conv",
    floats(1, 4, 6, 7),
    floats(6, 2, 3, 3),
    constants=(1,),
    group=2,
    auto_pad="SAME_UPPER",
    strides=[2, 2],
)
case("conv_3d", "Conv", floats(1, 2, 4, 5, 6), floats(3, 2, 3, 3, 3), floats(3), constants=(1, 2), pads=[1] * 6)
case(
    "conv_transpose",
    "ConvTranspose",
    floats(1, 3, 4, 5),
    floats(3, 2, 3, 3),
    floats(2),
    constants=(1, 2),
    strides=[2, 2],
    pads=[1, 1, 1, 1],
    output_padding=[1, 1],
)
case("conv_transpose_plain", "ConvTranspose", floats(1, 3, 4, 5), floats(3, 2, 2, 2), constants=(1,), strides=[2, 2])
case(
    "conv_transpose_grouped",
    "ConvTranspose",
    floats(1, 4, 4, 5),
    floats(4, 2, 3, 3),
    constants=(1,),
    group=2,
    dilations=[2, 1],
)
case("conv_transpose_1d", "ConvTranspose", floats(1, 3, 7), floats(3, 2, 3), constants=(1,), strides=[2])
case(
    "conv_transpose_asymmetric",
    "ConvTranspose",
    floats(1, 3, 4, 5),
    floats(3, 2, 3, 3),
    constants=(1,),
    strides=[2, 2],
    pads=[0, 1, 1, 0],
)
case(
    "conv_transpose_same",
    "ConvTranspose",
    floats(1, 3, 4, 5),
    floats(3, 2, 3, 3),
    constants=(1,),
    strides=[2, 2],
    auto_pad="SAME_UPPER",
)
case(
    "conv_transpose_output_shape",
    "ConvTranspose",
    floats(1, 3, 4, 5),
    floats(3, 2, 3, 3),
    constants=(1,),
    strides=[2, 2],
    output_shape=[9, 11],
)
# normalisation
case("layer_normalization", "LayerNormalization", floats(2, 5, 8), floats(8), floats(8), constants=(1, 2), epsilon=1e-3)
case("layer_normalization_no_bias", "LayerNormalization", floats(2, 5, 8), floats(5, 8), constants=(1,), axis=1)
case("instance_normalization", "InstanceNormalization", floats(2, 3, 5, 4), floats(3), floats(3), constants=(1, 2))
case(
    "group_normalization",
    "GroupNormalization",
    floats(2, 6, 5, 4),
    floats(6),
    floats(6),
    constants=(1, 2),
    num_groups=3,
    opset=21,
)
case(
    "group_normalization_18",
    "GroupNormalization",
    floats(2, 6, 5, 4),
    floats(3),
    floats(3),
    constants=(1, 2),
    num_groups=3,
    opset=18,
)
case(
    "batch_normalization",
    "BatchNormalization",
    floats(2, 3, 5, 4),
    floats(3),
    floats(3),
    floats(3),
    floats(3, low=0.5),
    constants=(1, 2, 3, 4),
)
case("mean_variance_normalization", "MeanVarianceNormalization", floats(2, 3, 5, 4))
case("rms_normalization", "RMSNormalization", floats(2, 5, 8), floats(8), constants=(1,), opset=23)
case("lrn", "LRN", floats(1, 7, 4, 5), size=3, alpha=0.1, beta=0.7, bias=1.5)
case("lp_normalization", "LpNormalization", x3, axis=1)
case("softmax_axis", "Softmax", x3, axis=1)
case("softmax_11", "Softmax", x3, axis=1, opset=11)
case("log_softmax", "LogSoftmax", x3, axis=-1)
case("log_softmax_11", "LogSoftmax", x3, axis=1, opset=11)
case("hardmax", "Hardmax", x3, axis=1)
# functions of one value
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
# two values
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
# moves
for dtype, x in (("float32", x4), ("int8", integers(1, 4, 6, 5))):
    case(f"slice_{dtype}", "Slice", x, i64(1, 4), i64(3, -(2**63)), i64(1, 2), i64(1, -2), constants=(1, 2, 3, 4))
    case(f"slice_open_{dtype}", "Slice", x, i64(1), i64(2**63 - 1), i64(-1), constants=(1, 2, 3))
    case(f"split_{dtype}", "Split", x, i64(1, 2, 1), constants=(1,), axis=1, outputs=("a", "b", "c"))
    case(f"split_even_{dtype}", "Split", x, axis=2, outputs=("a", "b", "c"), opset=13)
    case(f"split_18_{dtype}", "Split", x, axis=3, num_outputs=2, outputs=("a", "b"), opset=18)
    case(f"split_11_{dtype}", "Split", x, axis=1, split=[3, 1], outputs=("a", "b"), opset=11)
    case(f"gather_constant_{dtype}", "Gather", x, i64(5, 0, -1), constants=(1,), axis=2)
    case(f"gather_scalar_{dtype}", "Gather", x, np.int64(2), constants=(1,), axis=1)
    case(f"gather_{dtype}", "Gather", x, integers(2, 3, dtype="int64", low=0, high=5), axis=2)
    case(f"gather_int32_{dtype}", "Gather", x, integers(2, 3, dtype="int32", low=0, high=5), axis=2)
    case(f"gather_negative_{dtype}", "Gather", x, integers(2, 3, dtype="int64", low=-6, high=5), axis=2)
    case(f"gather_elements_{dtype}", "GatherElements", x, integers(1, 4, 3, 5, dtype="int64", low=0, high=5), axis=2)
    case(
        f"gather_elements_negative_{dtype}",
        "GatherElements",
        x,
        integers(1, 4, 3, 5, dtype="int64", low=-6, high=5),
        axis=2,
    )
    case(f"gather_nd_{dtype}", "GatherND", x, np.array([[0, 1, 2], [0, 3, 5]], np.int64))
    case(f"gather_nd_constant_{dtype}", "GatherND", x, np.array([[0, 1, 2], [0, 3, -1]], np.int64), constants=(1,))
    case(f"transpose_{dtype}", "Transpose", x, perm=[0, 2, 3, 1])
    case(f"transpose_default_{dtype}", "Transpose", x)
    case(f"depth_to_space_{dtype}", "DepthToSpace", x, blocksize=2)
    case(f"depth_to_space_crd_{dtype}", "DepthToSpace", x, blocksize=2, mode="CRD")
    case(f"space_to_depth_{dtype}", "SpaceToDepth", x[..., :4].copy(), blocksize=2)
    case(f"tile_{dtype}", "Tile", x, i64(1, 2, 1, 3), constants=(1,))
    case(f"expand_{dtype}", "Expand", x[:, :1].copy(), i64(2, 4, 1, 5), constants=(1,))
    case(f"concat_{dtype}", "Concat", x, x[:, :2].copy(), x, axis=1)
    case(f"concat_constant_{dtype}", "Concat", x, x[:, :2].copy(), constants=(1,), axis=1)
    case(f"pad_{dtype}", "Pad", x, i64(0, 1, 2, 0, 0, 0, 1, 3), constants=(1,))
    case(f"pad_value_{dtype}", "Pad", x, i64(0, 1, 2, 0, 0, 0, 1, 3), x.dtype.type(7), constants=(1, 2))
    case(f"pad_edge_{dtype}", "Pad", x, i64(0, 0, 2, 1, 0, 0, 1, 3), constants=(1,), mode="edge")
    case(f"pad_reflect_{dtype}", "Pad", x, i64(0, 0, 2, 1, 0, 0, 1, 3), constants=(1,), mode="reflect")
    case(f"pad_axes_{dtype}", "Pad", x, i64(2, 1, 1, 3), x.dtype.type(7), i64(-2, 3), constants=(1, 2, 3), opset=18)
    case(f"pad_negative_{dtype}", "Pad", x, i64(0, -1, 2, 0, 0, 0, -1, 3), constants=(1,))
    case(f"flatten_{dtype}", "Flatten", x, axis=2)
    case(f"reshape_{dtype}", "Reshape", x, i64(0, 2, -1), constants=(1,))
    case(f"squeeze_{dtype}", "Squeeze", x, i64(0), constants=(1,))
    case(f"unsqueeze_{dtype}", "Unsqueeze", x, i64(0, -1), constants=(1,))
    case(
        f"resize_nearest_{dtype}",
        "Resize",
        x,
        None,
        f32(1, 1, 2, 2),
        constants=(2,),
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )
    case(f"resize_nearest_default_{dtype}", "Resize", x, None, f32(1, 1, 2, 2), constants=(2,))
    case(f"resize_nearest_sizes_{dtype}", "Resize", x, None, None, i64(1, 4, 9, 7), constants=(3,), mode="nearest")
    case(f"max_pool_{dtype}", "MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1)
    case(f"max_pool_dilated_{dtype}", "MaxPool", x, kernel_shape=[2, 2], dilations=[2, 2])
    case(
        f"scatter_nd_{dtype}",
        "ScatterND",
        x[0, 0].copy(),
        np.array([[1], [4]], np.int64),
        x[0, 1, :2].copy(),
        constants=(1,),
    )
    case(
        f"scatter_nd_runtime_{dtype}",
        "ScatterND",
        x[0, 0].copy(),
        np.array([[1, 2], [4, 0]], np.int64),
        x[0, 1, 0, :2].copy(),
    )
    case(
        f"scatter_elements_{dtype}",
        "ScatterElements",
        x[0, 0].copy(),
        np.array([[1, 2], [4, 0]], np.int64),
        x[0, 1, :2, :2].copy(),
        constants=(1,),
        axis=1,
    )
case("slice_1", "Slice", x3, starts=[1, 2], ends=[2, 100], axes=[0, 2], opset=9)
case("squeeze_11", "Squeeze", floats(1, 4, 1, 5), axes=[2], opset=11)
case("unsqueeze_11", "Unsqueeze", floats(4, 5), axes=[0, 2], opset=11)
case("pad_2", "Pad", x3, pads=[0, 1, 2, 0, 0, 1], value=0.5, opset=10)
case("pad_wrap", "Pad", x3, i64(0, 1, 2, 0, 0, 1), constants=(1,), mode="wrap", opset=19)
case("gather_bool", "Gather", booleans(5, 3), i64(0, 4), constants=(1,))
case("gather_int64", "Gather", integers(5, 3, dtype="int64", low=-9, high=9), i64(0, 4))
case("embedding", "Gather", floats(20, 8), integers(7, dtype="int64", low=0, high=19), constants=(0,))
case("max_pool_1d", "MaxPool", x3, kernel_shape=[3], strides=[2])
case("max_pool_3d", "MaxPool", floats(1, 2, 4, 5, 6), kernel_shape=[2, 2, 2], pads=[1, 0, 0, 0, 1, 0])
case("max_pool_same", "MaxPool", x4, kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER")
case("max_pool_same_lower", "MaxPool", x4, kernel_shape=[2, 2], auto_pad="SAME_LOWER")
case("average_pool", "AveragePool", x4, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
case("average_pool_ceil", "AveragePool", x4, kernel_shape=[3, 2], strides=[2, 2], ceil_mode=1)
case("average_pool_include", "AveragePool", x4, kernel_shape=[3, 3], pads=[1, 0, 1, 2], count_include_pad=1)
case("average_pool_1d", "AveragePool", x3, kernel_shape=[3])
case("average_pool_3d", "AveragePool", floats(1, 2, 4, 5, 6), kernel_shape=[2, 2, 2])
case("average_pool_dilated", "AveragePool", x4, kernel_shape=[2, 2], dilations=[2, 1], opset=19)
case("lp_pool", "LpPool", x4, kernel_shape=[2, 2], p=2, opset=18)
case("global_max_pool", "GlobalMaxPool", x4)
case("global_average_pool", "GlobalAveragePool", x4)
case("global_average_pool_3d", "GlobalAveragePool", floats(1, 2, 4, 5, 6))
case("global_lp_pool", "GlobalLpPool", x4, p=2)
# resampling
for mode in ("half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"):
    case(
        f"resize_linear_{mode}",
        "Resize",
        x4,
        None,
        f32(1, 1, 2, 2),
        constants=(2,),
        mode="linear",
        coordinate_transformation_mode=mode,
    )
    case(
        f"resize_linear_sizes_{mode}",
        "Resize",
        x4,
        None,
        None,
        i64(1, 4, 9, 3),
        constants=(3,),
        mode="linear",
        coordinate_transformation_mode=mode,
    )
    for nearest in ("floor", "ceil", "round_prefer_floor", "round_prefer_ceil"):
        case(
            f"resize_nearest_{mode}_{nearest}",
            "Resize",
            x4,
            None,
            None,
            i64(1, 4, 9, 12),
            constants=(3,),
            mode="nearest",
            coordinate_transformation_mode=mode,
            nearest_mode=nearest,
        )
case("resize_down", "Resize", x4, None, f32(1, 1, 0.5, 0.6), constants=(2,), mode="linear")
case("resize_fractional_scale", "Resize", x4, None, f32(1, 1, 1.7, 1.3), constants=(2,), mode="linear")
case("resize_nearest_fractional_scale", "Resize", x4, None, f32(1, 1, 1.7, 1.3), constants=(2,), mode="nearest")
case(
    "resize_roi_empty",
    "Resize",
    x4,
    f32(),
    f32(1, 1, 2, 2),
    constants=(1, 2),
    mode="nearest",
    nearest_mode="floor",
    coordinate_transformation_mode="asymmetric",
    opset=11,
)
case("resize_cubic", "Resize", x4, None, f32(1, 1, 2, 2), constants=(2,), mode="cubic")
case("resize_cubic_coefficient", "Resize", x4, None, f32(1, 1, 2, 2), constants=(2,), mode="cubic", cubic_coeff_a=-0.5)
case("resize_1d", "Resize", x3, None, f32(1, 1, 2), constants=(2,), mode="linear")
case("resize_10", "Resize", x4, f32(1, 1, 2, 2), constants=(1,), mode="nearest", opset=10)
case("resize_10_linear", "Resize", x4, f32(1, 1, 2, 2), constants=(1,), mode="linear", opset=10)
case("resize_axes", "Resize", x4, None, f32(2, 2), constants=(2,), mode="linear", axes=[2, 3], opset=18)
case("resize_channels", "Resize", x4, None, f32(1, 2, 2, 2), constants=(2,), mode="nearest")
case("resize_linear_channels_last", "Resize", x4, None, f32(1, 2, 2, 1), constants=(2,), mode="linear")
case("upsample_9", "Upsample", x4, f32(1, 1, 2, 2), constants=(1,), mode="nearest", opset=9)
case("upsample_9_linear", "Upsample", x4, f32(1, 1, 2, 2), constants=(1,), mode="linear", opset=9)
case("upsample_7", "Upsample", x4, scales=[1.0, 1.0, 2.0, 3.0], mode="nearest", opset=7)
case("grid_sample", "GridSample", x4, floats(1, 3, 4, 2, low=-1.1, high=1.1), opset=16)
case(
    "grid_sample_align",
    "GridSample",
    x4,
    floats(1, 3, 4, 2, low=-1.1, high=1.1),
    align_corners=1,
    padding_mode="border",
    opset=16,
)
case("affine_grid", "AffineGrid", floats(1, 2, 3), i64(1, 3, 4, 5), constants=(1,), opset=20)
case(
    "roi_align",
    "RoiAlign",
    x4,
    f32(0, 0, 4, 4, 1, 1, 3, 5).reshape(2, 4),
    i64(0, 0),
    output_height=2,
    output_width=2,
    sampling_ratio=2,
)
case("max_roi_pool", "MaxRoiPool", x4, f32(0, 0, 0, 4, 4, 0, 1, 1, 3, 5).reshape(2, 5), pooled_shape=[2, 2])
# reductions
for kind in (
    "ReduceMean",
    "ReduceSum",
    "ReduceMax",
    "ReduceMin",
    "ReduceProd",
    "ReduceL1",
    "ReduceL2",
    "ReduceSumSquare",
    "ReduceLogSum",
    "ReduceLogSumExp",
):
    name = kind.lower()
    x = floats(2, 5, 6, low=0.1 if kind == "ReduceLogSum" else -2)
    case(f"{name}_18", kind, x, i64(1), constants=(1,), opset=18)
    case(f"{name}_18_all", kind, x, keepdims=0, opset=18)
    if kind != "ReduceSum":
        case(f"{name}_13", kind, x, axes=[0, -1], keepdims=0, opset=13)
    case(f"{name}_11", kind, x, axes=[0, -1], keepdims=0, opset=11)
    case(f"{name}_11_all", kind, x, opset=11)
case("reducesum_13", "ReduceSum", x3, i64(0, 2), constants=(1,), keepdims=0, opset=13)
case("reducesum_noop", "ReduceSum", x3, noop_with_empty_axes=1, opset=13)
case("reducemax_int8", "ReduceMax", integers(4, 9), axes=[1], opset=13)
case("reducesum_int32", "ReduceSum", integers(4, 9, dtype="int32", low=-99, high=99), i64(1), constants=(1,), opset=13)
for kind in ("ArgMax", "ArgMin"):
    case(kind.lower(), kind, floats(3, 7), axis=1, keepdims=0)
    case(f"{kind.lower()}_ties", kind, integers(4, 9, low=0, high=2), axis=0)
    case(f"{kind.lower()}_last", kind, integers(4, 9, low=0, high=2), axis=0, select_last_index=1)
case("cumsum", "CumSum", x3, np.int64(1), constants=(1,))
case("cumsum_exclusive", "CumSum", x3, np.int64(-1), constants=(1,), exclusive=1)
case("cumsum_reverse", "CumSum", x3, np.int64(1), constants=(1,), reverse=1)
case("cumsum_int32", "CumSum", integers(3, 7, dtype="int32", low=-9, high=9), np.int32(0), constants=(1,))
# types
for source, target in (
    ("float32", "int32"),
    ("int32", "float32"),
    ("float32", "int8"),
    ("int8", "float32"),
    ("int64", "float32"),
    ("float32", "int64"),
    ("bool", "float32"),
    ("float32", "bool"),
    ("int32", "int64"),
    ("int64", "int32"),
    ("uint8", "int8"),
    ("float32", "float64"),
    ("uint8", "float32"),
    ("float32", "uint8"),
):
    x = (
        floats(4, 9, low=0 if target == "uint8" else -100, high=100).round(1).astype(source)
        if source != "bool"
        else booleans(4, 9)
    )
    case(f"cast_{source}_{target}", "Cast", x, to=helper.np_dtype_to_tensor_dtype(np.dtype(target)))
case("cast_like", "CastLike", x3, i64(1), opset=15, constants=(1,))
case("one_hot", "OneHot", integers(3, 4, dtype="int64", low=0, high=4), np.int64(5), f32(-1, 2), constants=(1, 2))
case(
    "one_hot_axis", "OneHot", integers(3, 4, dtype="int64", low=-5, high=4), i64(5), f32(0, 1), constants=(1, 2), axis=1
)
case("dropout", "Dropout", x3)
case("quantize_linear", "QuantizeLinear", x4, f32(0.02), np.array([3], np.int8), constants=(1, 2), axis=0)
case("quantize_linear_scalar", "QuantizeLinear", x4, np.float32(0.02), np.int8(3), constants=(1, 2))
case(
    "quantize_linear_axis",
    "QuantizeLinear",
    x4,
    f32(0.02, 0.03, 0.01, 0.05),
    np.array([3, 0, -4, 1], np.int8),
    constants=(1, 2),
    axis=1,
)
case("quantize_linear_uint8", "QuantizeLinear", x4, np.float32(0.02), np.uint8(128), constants=(1, 2))
case("dequantize_linear", "DequantizeLinear", integers(1, 4, 6, 5), np.float32(0.02), np.int8(3), constants=(1, 2))
case(
    "dequantize_linear_axis",
    "DequantizeLinear",
    integers(1, 4, 6, 5),
    f32(0.02, 0.03, 0.01, 0.05),
    np.array([3, 0, -4, 1], np.int8),
    constants=(1, 2),
    axis=1,
)
case("dequantize_linear_int32", "DequantizeLinear", integers(4, 6, dtype="int32"), np.float32(0.02), constants=(1,))
case("dynamic_quantize_linear", "DynamicQuantizeLinear", x3, outputs=("y", "s", "z"))
# forms of the above that importers get wrong
case("prelu_last_axis", "PRelu", x4, floats(5), constants=(1,))
case("prelu_2d", "PRelu", floats(3, 4), floats(4), constants=(1,))
case(
    "scatter_elements_add",
    "ScatterElements",
    floats(4, 5),
    np.array([[1, 2], [1, 0]], np.int64),
    floats(2, 2),
    reduction="add",
    opset=18,
)
case(
    "scatter_nd_add",
    "ScatterND",
    floats(6, 5),
    np.array([[1], [4], [1]], np.int64),
    floats(3, 5),
    reduction="add",
    opset=16,
)
case(
    "scatter_nd_max",
    "ScatterND",
    floats(6, 5),
    np.array([[1], [4], [1]], np.int64),
    floats(3, 5),
    reduction="max",
    opset=18,
)
case("cumsum_exclusive_reverse", "CumSum", x3, np.int64(1), constants=(1,), exclusive=1, reverse=1)
case("einsum_implicit", "Einsum", floats(3, 4), floats(4, 5), equation="ij,jk")
case("einsum_ellipsis", "Einsum", floats(2, 3, 4), floats(2, 4, 5), equation="...ij,...jk->...ik")
case("einsum_sum", "Einsum", floats(3, 4), equation="ij->j")
case("einsum_trace", "Einsum", floats(3, 3), equation="ii->i")
case(
    "conv_transpose_3d",
    "ConvTranspose",
    floats(1, 2, 3, 4, 3),
    floats(2, 3, 2, 2, 2),
    constants=(1,),
    strides=[2, 1, 2],
)
case("instance_normalization_1d", "InstanceNormalization", floats(2, 3, 9), floats(3), floats(3), constants=(1, 2))
case("selu_attributes", "Selu", x3, alpha=1.2, gamma=0.9)
case("hard_sigmoid_default", "HardSigmoid", floats(3, 40, low=-5, high=5))
case("leaky_relu_default", "LeakyRelu", x3)
case("hardmax_11", "Hardmax", x3, axis=1, opset=11)
case("global_lp_pool_1", "GlobalLpPool", x4, p=1)
case("lp_pool_1", "LpPool", x4, kernel_shape=[2, 2], p=1, pads=[0, 1, 1, 0], strides=[2, 1], opset=18)
case("lp_pool_3", "LpPool", x4, kernel_shape=[3, 2], p=3, opset=18)
case("mean_variance_normalization_axes", "MeanVarianceNormalization", x4, axes=[2, 3])
case("gather_nd_batch", "GatherND", x3, np.array([[1, 2], [4, 0]], np.int64), batch_dims=1)
case("gather_negative_axis", "Gather", x3, integers(2, dtype="int64", low=0, high=4), axis=-2)
case("squeeze_all", "Squeeze", floats(1, 4, 1, 5))
case("flatten_0", "Flatten", x4, axis=0)
case("flatten_negative", "Flatten", x4, axis=-1)
case("concat_last", "Concat", x3, x3, axis=-1)
for kind in ("Abs", "Neg", "Sign", "Relu"):
    case(f"{kind.lower()}_int32", kind, integers(3, 5, dtype="int32", low=-99, high=99))
case("abs_int8", "Abs", integers(3, 5, low=-127))
case("bitshift_uint8", "BitShift", integers(2, 9, dtype="uint8"), integers(9, dtype="uint8", high=7), direction="LEFT")
for kind in ("Exp", "Tanh", "Sqrt", "Abs", "Floor"):
    case(f"{kind.lower()}_float64", kind, floats(3, 5, low=0.1).astype(np.float64))
case(
    "max_pool_everything",
    "MaxPool",
    floats(1, 3, 9, 10),
    kernel_shape=[3, 2],
    strides=[2, 3],
    dilations=[2, 1],
    pads=[1, 0, 2, 1],
    ceil_mode=1,
)
case(
    "average_pool_ceil_pads",
    "AveragePool",
    floats(1, 3, 9, 10),
    kernel_shape=[3, 3],
    strides=[2, 3],
    pads=[1, 0, 1, 1],
    ceil_mode=1,
    opset=19,
)
case(
    "average_pool_ceil_include",
    "AveragePool",
    floats(1, 3, 9, 10),
    kernel_shape=[3, 3],
    strides=[2, 3],
    pads=[1, 0, 1, 1],
    ceil_mode=1,
    count_include_pad=1,
    opset=19,
)
case("average_pool_same_lower", "AveragePool", x4, kernel_shape=[2, 3], strides=[2, 2], auto_pad="SAME_LOWER")
case("average_pool_same", "AveragePool", x4, kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER")
case("conv_same_lower", "Conv", x4, floats(3, 4, 2, 2), constants=(1,), auto_pad="SAME_LOWER")
case("conv_depthwise", "Conv", x4, floats(8, 1, 3, 3), floats(8), constants=(1, 2), group=4, pads=[1, 1, 1, 1])
case("layer_normalization_double_axis", "LayerNormalization", x4, floats(6, 5), floats(6, 5), constants=(1, 2), axis=-2)
case("expand_lower_rank", "Expand", floats(2, 1, 5), i64(3, 1), constants=(1,))
case("tile_runtime_free", "Tile", floats(3), i64(4), constants=(1,))
case("argmax_default", "ArgMax", x3)
case("reducemean_negative", "ReduceMean", x3, i64(-1, -2), constants=(1,), opset=18)
case("reducemean_noop", "ReduceMean", x3, noop_with_empty_axes=1, opset=18)
case("reduceprod_int32", "ReduceProd", integers(3, 5, dtype="int32", low=-5, high=5), axes=[1], opset=13)
case("add_same", "Add", x3, floats(1), constants=(1,))
case("log_softmax_axis", "LogSoftmax", x4, axis=1)
case("trilu_k", "Trilu", floats(4, 5), np.int64(-1), constants=(1,))
case("cast_float_to_int_fraction", "Cast", f32(-1.7, -0.5, 0.5, 1.7, 2.5), to=6)
case("grid_sample_nearest", "GridSample", x4, floats(1, 3, 4, 2, low=-1.1, high=1.1), mode="nearest", opset=16)
case(
    "grid_sample_reflection",
    "GridSample",
    x4,
    floats(1, 3, 4, 2, low=-1.5, high=1.5),
    padding_mode="reflection",
    opset=16,
)
case(
    "roi_align_10",
    "RoiAlign",
    x4,
    f32(0, 0, 4, 4, 1, 1, 3, 5).reshape(2, 4),
    i64(0, 0),
    output_height=2,
    output_width=2,
    sampling_ratio=2,
    opset=15,
)
case(
    "batch_normalization_2d",
    "BatchNormalization",
    floats(4, 3),
    floats(3),
    floats(3),
    floats(3),
    floats(3, low=0.5),
    constants=(1, 2, 3, 4),
)
case(
    "resize_half_pixel_symmetric",
    "Resize",
    x4,
    None,
    f32(1, 1, 1.7, 0.55),
    constants=(2,),
    mode="linear",
    coordinate_transformation_mode="half_pixel_symmetric",
    opset=19,
)
case(
    "resize_down_nearest", "Resize", x4, None, f32(1, 1, 0.5, 0.6), constants=(2,), mode="nearest", nearest_mode="ceil"
)
case("resize_10_down", "Resize", x4, f32(1, 1, 0.5, 0.6), constants=(1,), mode="nearest", opset=10)
case("resize_cubic_exclude", "Resize", x4, None, f32(1, 1, 1.5, 0.8), constants=(2,), mode="cubic", exclude_outside=1)
case(
    "resize_cubic_align",
    "Resize",
    x4,
    None,
    None,
    i64(1, 4, 7, 9),
    constants=(3,),
    mode="cubic",
    coordinate_transformation_mode="align_corners",
)
case("max_uint8", "Max", integers(3, 5, dtype="uint8"), integers(5, dtype="uint8"))
case("swish", "Swish", x3, opset=24)


def refused(
    name: str,
    reason: str,
    kind: str,
    *inputs: Array | None,
    constants: Any = (),
    outputs: Any = ("y",),
    opset: int = 17,
    **attributes: Any,
) -> None:
    REFUSED[name] = (NodeCase(kind, inputs, attributes, constants, outputs, opset), reason)


REFUSED: dict[str, tuple[NodeCase, str]] = {}
NO_TVM = "does not compile"
refused("isinf_positive", "one sign", "IsInf", f32(1, np.inf, -np.inf, np.nan), detect_negative=0, opset=20)
refused("reverse_sequence", NO_TVM, "ReverseSequence", x4, i64(3), batch_axis=0, time_axis=1)
refused("slice_runtime", "input 1 is computed", "Slice", x3, i64(1), i64(3), constants=(2,))
refused("max_pool_indices", "2 results", "MaxPool", x4, kernel_shape=[2, 2], outputs=("y", "i"))
refused(
    "resize_antialias",
    "aliasing",
    "Resize",
    x4,
    None,
    f32(1, 1, 0.5, 0.5),
    constants=(2,),
    mode="linear",
    antialias=1,
    opset=18,
)
refused(
    "resize_int8",
    "interpolates int8",
    "Resize",
    integers(1, 4, 6, 5),
    None,
    f32(1, 1, 2, 2),
    constants=(2,),
    mode="linear",
)
refused("topk", NO_TVM, "TopK", x3, i64(3), constants=(1,), outputs=("v", "i"))
refused("shape", NO_TVM, "Shape", x3)
refused("non_zero", NO_TVM, "NonZero", booleans(3, 4))
refused("unique", NO_TVM, "Unique", x3)
refused("compress", NO_TVM, "Compress", x3, np.array([True, False]), constants=(1,), axis=0)
refused(
    "non_max_suppression",
    NO_TVM,
    "NonMaxSuppression",
    floats(1, 6, 4, low=0, high=1),
    floats(1, 1, 6, low=0, high=1),
    i64(3),
    f32(0.5),
    constants=(2, 3),
)
refused("lstm", NO_TVM, "LSTM", floats(5, 2, 4), floats(1, 12, 4), floats(1, 12, 3), constants=(1, 2), hidden_size=3)
refused("gru", NO_TVM, "GRU", floats(5, 2, 4), floats(1, 9, 4), floats(1, 9, 3), constants=(1, 2), hidden_size=3)
refused(
    "attention",
    NO_TVM,
    "com.microsoft:Attention",
    floats(1, 5, 8),
    floats(8, 24),
    floats(24),
    constants=(1, 2),
    num_heads=2,
)
refused("det", NO_TVM, "Det", floats(3, 3))
refused("constants", "constants only", "Relu", floats(3), constants=(0,))
refused(
    "pow_int32",
    "the base is int32",
    "Pow",
    integers(3, dtype="int32", low=0, high=5),
    integers(3, dtype="int32", low=0, high=5),
)
refused(
    "roi_align_max",
    "averages",
    "RoiAlign",
    x4,
    f32(0, 0, 4, 4, 1, 1, 3, 5).reshape(2, 4),
    i64(0, 0),
    output_height=2,
    output_width=2,
    sampling_ratio=2,
    mode="max",
)
refused("cast_float16", "float16", "Cast", x3, to=10)
