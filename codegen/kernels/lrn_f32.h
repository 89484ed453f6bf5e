/* Local response normalisation over the last axis, float32. */
#ifndef ARENITE_LRN_F32_H
#define ARENITE_LRN_F32_H

#include "arenite_float.h"

/* out[c] = in[c] * (bias + alpha * the sum of in[i]^2 for c - before <= i <= c + after) ^ -beta, as far as there are
 * channels. `alpha`, `beta` and `bias` are bits of floats. `rows` of `columns` pixels. */
typedef struct {
  int32_t rows;
  int32_t columns;
  int32_t channels;
  int32_t before;
  int32_t after;
  int32_t alpha;
  int32_t beta;
  int32_t bias;
} arenite_lrn_f32_layer;

void arenite_lrn_row_f32(const arenite_lrn_f32_layer *layer, const float *in, float *out);

void arenite_lrn_f32(const arenite_lrn_f32_layer *layer, const float *in, float *out);

#endif
