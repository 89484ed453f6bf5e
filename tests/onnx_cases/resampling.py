"""Resize and other ways to read between elements."""

from __future__ import annotations

from functools import partial

from onnx_cases.samples import Cases, add_case, f32, floats, i64, x3, x4

CASES: Cases = {}
case = partial(add_case, CASES)

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
