"""Where elements go."""

from __future__ import annotations

from functools import partial

import numpy as np

from onnx_cases.samples import Cases, add_case, booleans, f32, floats, i64, integers, x3, x4

CASES: Cases = {}
case = partial(add_case, CASES)

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
