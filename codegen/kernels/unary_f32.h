/* Functions of one value, element by element, float32. */
#ifndef ARENITE_UNARY_F32_H
#define ARENITE_UNARY_F32_H

#include "arenite_float.h"

/* `alpha` and `beta` are bits of floats; what they mean depends on the function. Output pixels begin `output_stride`
 * elements apart, the first one of a row `output_start` elements behind `out`. */
typedef struct {
  int32_t rows;
  int32_t columns;
  int32_t channels;
  int32_t alpha;
  int32_t beta;
  int32_t output_stride;
  int32_t output_start;
} arenite_unary_f32_layer;

/* One function for each, so that a program brings only what it uses. `in` and `out` may be the same. */
void arenite_abs_row_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_ceil_row_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_clip_row_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_cos_row_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_elu_row_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_erf_row_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_exp_row_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_floor_row_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_gelu_row_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_gelu_tanh_row_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_hard_sigmoid_row_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_hard_swish_row_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_leaky_relu_row_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_log_row_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_mish_row_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_neg_row_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_reciprocal_row_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_round_row_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_rsqrt_row_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_selu_row_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_sigmoid_row_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_sign_row_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_silu_row_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_sin_row_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_softplus_row_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_softsign_row_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_sqrt_row_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_square_row_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_tanh_row_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_abs_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_ceil_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_clip_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_cos_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_elu_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_erf_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_exp_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_floor_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_gelu_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_gelu_tanh_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_hard_sigmoid_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_hard_swish_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_leaky_relu_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_log_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_mish_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_neg_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_reciprocal_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_round_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_rsqrt_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_selu_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_sigmoid_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_sign_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_silu_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_sin_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_softplus_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_softsign_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_sqrt_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_square_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

void arenite_tanh_f32(const arenite_unary_f32_layer *layer, const float *in, float *out);

#endif
