"""Products, windows and normalisation."""

from __future__ import annotations

from functools import partial

import numpy as np

from onnx_cases.samples import Cases, add_case, floats, integers, x3

CASES: Cases = {}
case = partial(add_case, CASES)

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
