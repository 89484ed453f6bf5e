"""Forms that importers get wrong."""

from __future__ import annotations

from functools import partial

import numpy as np

from onnx_cases.samples import Cases, add_case, f32, floats, i64, integers, x3, x4

CASES: Cases = {}
case = partial(add_case, CASES)

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
