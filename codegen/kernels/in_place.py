"""Which kernels may write their output over what they read, in the same memory."""

from __future__ import annotations

from functools import cache

from arenite.codegen.kernels import kernels

_OF_TWO_S8 = (
    "add", "add_dsp", "add_once", "add_v6m", "add_v6m_once", "multiply", "multiply_once", "multiply_v6m",
    "multiply_v6m_once",
)  # fmt: skip
_OF_TWO_F32 = (
    "add", "divide", "floor_divide", "floor_modulo", "maximum", "minimum", "multiply", "power", "prelu",
    "squared_difference", "subtract",
)  # fmt: skip
_OF_ONE_F32 = (
    "abs", "ceil", "clip", "cos", "elu", "erf", "exp", "floor", "gelu", "gelu_tanh", "hard_sigmoid", "hard_swish",
    "leaky_relu", "log", "mish", "neg", "reciprocal", "round", "rsqrt", "selu", "sigmoid", "sign", "silu", "sin",
    "softplus", "softsign", "sqrt", "square", "tanh",
)  # fmt: skip

_OF_TWO_S32 = (
    "add", "divide", "floor_divide", "floor_modulo", "maximum", "minimum", "multiply", "squared_difference", "subtract",
)  # fmt: skip

_OF_TWO_S16 = (
    "add", "add_shifted", "compare", "compare_scaled", "maximum", "minimum", "multiply", "squared_difference",
)  # fmt: skip
_OF_ONE_S16 = ("abs", "leaky_relu", "logistic", "lookup", "rescale_s16", "softmax", "sqrt", "tanh")

IN_PLACE: dict[str, tuple[str, ...]] = {
    **{f"arenite_{name}_s16": ("a", "b") for name in _OF_TWO_S16},
    **{f"arenite_{name}_s16": ("in",) for name in _OF_ONE_S16},
    "arenite_rescale_s16_s8": ("in",),
    "arenite_rescale_s32_s8": ("in",),
    **{f"arenite_{name}_s8": ("a", "b") for name in _OF_TWO_S8},
    **{f"arenite_{name}_f32": ("a", "b") for name in _OF_TWO_F32},
    **{f"arenite_{name}_f32": ("in",) for name in _OF_ONE_F32},
    **{f"arenite_{name}_s32": ("a", "b") for name in _OF_TWO_S32},
    **{f"arenite_add_n_{suffix}": tuple("abcdefgh") for suffix in ("s8", "s32", "f32")},
    "arenite_compare_f32": ("a", "b"),
    "arenite_compare_s32": ("a", "b"),
    "arenite_compare_s8": ("a", "b"),
    "arenite_compare_scaled_s8": ("a", "b"),
    "arenite_maximum_s8": ("a", "b"),
    "arenite_minimum_s8": ("a", "b"),
    "arenite_l2_normalization_f32": ("in",),
    "arenite_l2_normalization_s8": ("in",),
    "arenite_narrow_s8": ("in",),
    "arenite_nonzero_s8": ("in",),
    "arenite_cumsum_f32": ("in",),
    "arenite_cumsum_s32": ("in",),
    "arenite_cumsum_s8": ("in",),
    "arenite_divide_s8": ("a", "b"),
    "arenite_prelu_s8": ("a", "b"),
    "arenite_select_s8": ("b", "c"),
    "arenite_squared_difference_s8": ("a", "b"),
    "arenite_truncate_f32": ("in",),
    "arenite_update_slice": ("in",),
    "arenite_log_softmax_f32": ("in",),
    "arenite_log_softmax_s8": ("in",),
    "arenite_flip_s8": ("in",),
    "arenite_lookup_s8": ("in",),
    "arenite_quantize_f32_s8": ("in",),
    "arenite_quantize_f32_u8": ("in",),
    "arenite_requant_shift_f32": ("in",),
    "arenite_softmax_f32": ("in",),
    "arenite_softmax_once_s8": ("in",),
    "arenite_softmax_s8": ("in",),
    "arenite_add_mve_s8": ("a", "b"),
    "arenite_add_mve_once_s8": ("a", "b"),
    "arenite_multiply_mve_once_s8": ("a", "b"),
    "arenite_multiply_mve_s8": ("a", "b"),
    "arenite_lookup_mve_s8": ("in",),
    "arenite_lookup_dsp_s8": ("in",),
    "arenite_softmax_dsp_s8": ("in",),
    "arenite_softmax_dsp_once_s8": ("in",),
    "arenite_add_dsp_once_s8": ("a", "b"),
    "arenite_multiply_dsp_s8": ("a", "b"),
    "arenite_multiply_dsp_once_s8": ("a", "b"),
    "arenite_lookup_v6m_s8": ("in",),
    "arenite_softmax_v6m_once_s8": ("in",),
    "arenite_softmax_v6m_s8": ("in",),
    "arenite_softmax_mve_once_s8": ("in",),
    "arenite_softmax_mve_s8": ("in",),
}
"""C function -> parameters whose memory ``out`` may begin with, if they have as many elements as it has (what is
broadcast has fewer).

Elements are computed in ascending order, some of them at once, and none is read once the output at its place, or
behind, is written. Softmax and normalisation read a row to its end before that. Output elements are no larger than
those of the input: a quantised number lands in bytes whose float has been read. No two pointers are of types that C
lets a compiler take for different memory.
"""


@cache
def in_place_positions(kernel: str) -> tuple[tuple[int, int], ...]:
    """Positions, among the kernel's parameters, of an input and the output that may begin at the same byte.

    Empty for a kernel that is not in the table. The caller checks the number of elements.
    """
    if kernel not in IN_PLACE:
        return ()
    names = [parameter.name for parameter in kernels()[kernel].parameters]
    return tuple((names.index(name), names.index("out")) for name in IN_PLACE[kernel])
