"""Why kernels do not write over what they read."""

from __future__ import annotations

REDUCES = "an output element is computed from many, which others need as well"
WINDOW = "an output element is computed from its neighbours, too"
LARGER = "the result is larger than what is read"
MOVES = "elements do not stay at their places"
STATE = "it keeps a state, and reads what it has read again"
OTHER_TYPE = "C lets a compiler take pointers to the result and to what is read for different memory"

NOT_IN_PLACE = {
    "arg": REDUCES,
    "average_pool_once": WINDOW,
    "average_pool_up": WINDOW,
    "batch_matmul": REDUCES,
    "batch_matmul_f32": REDUCES,
    "batch_matmul_s16": REDUCES,
    "concatenation": LARGER,
    "conv2d": REDUCES,
    "conv2d_f32": REDUCES,
    "conv2d_general": REDUCES,
    "conv2d_general_once": REDUCES,
    "conv2d_once": REDUCES,
    "conv2d_s16": REDUCES,
    "conv2d_wide": REDUCES,
    "conv2d_wide_once": REDUCES,
    "depthwise_conv2d": WINDOW,
    "depthwise_conv2d_3x3": WINDOW,
    "depthwise_conv2d_3x3_once": WINDOW,
    "depthwise_conv2d_f32": WINDOW,
    "depthwise_conv2d_once": WINDOW,
    "depthwise_conv2d_s16": WINDOW,
    "fill": "nothing is read",
    "fully_connected": REDUCES,
    "fully_connected_f32": REDUCES,
    "fully_connected_once": REDUCES,
    "fully_connected_s16": REDUCES,
    "fully_connected_wide": REDUCES,
    "fully_connected_wide_once": REDUCES,
    "gather": MOVES,
    "lrn_f32": WINDOW,
    "lstm": STATE,
    "lstm_f32": STATE,
    "lstm_s16": STATE,
    "mean": REDUCES,
    "mean_once": REDUCES,
    "mean_s16": REDUCES,
    "move": MOVES,
    "pad": MOVES,
    "pad_f32": MOVES,
    "pool": WINDOW,
    "pool_f32": WINDOW,
    "pool_s16": WINDOW,
    "quantize_s16": OTHER_TYPE,
    "reduce": REDUCES,
    "reduce_f32": REDUCES,
    "resize": MOVES,
    "resize_linear": WINDOW,
    "resize_linear_f32": WINDOW,
    "resize_linear_up": WINDOW,
    "shift": STATE,
    "softmax_s8_s16": LARGER,
    "svdf": STATE,
    "svdf_f32": STATE,
    "transpose_conv": REDUCES,
    "transpose_conv_f32": REDUCES,
    "transpose_conv_s16": REDUCES,
}
"""Family -> why none of its kernels is in the table."""
OTHERS_NOT_IN_PLACE = {
    "arenite_dequantize_s8_f32": LARGER,
    "arenite_dequantize_u8_f32": LARGER,
    "arenite_rescale_s16_s32": LARGER,
    "arenite_rescale_s32_s16": OTHER_TYPE,
    "arenite_rescale_s8_s16": LARGER,
    "arenite_to_float_f32": LARGER,
    "arenite_widen_s8": LARGER,
}
"""The same for single kernels of families that are."""
