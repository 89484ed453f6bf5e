/* Softmax over the last axis, float32, and its logarithm. */
#ifndef ARENITE_SOFTMAX_F32_H
#define ARENITE_SOFTMAX_F32_H

#include "arenite_float.h"

/* `beta`, the factor of the input, is bits of a float. */
typedef struct {
  int32_t rows;
  int32_t depth;
  int32_t beta;
} arenite_softmax_f32_layer;

/* `in` and `out` may be the same. */
void arenite_softmax_row_f32(const arenite_softmax_f32_layer *layer, const float *in, float *out);

void arenite_log_softmax_row_f32(const arenite_softmax_f32_layer *layer, const float *in, float *out);

void arenite_softmax_f32(const arenite_softmax_f32_layer *layer, const float *in, float *out);

void arenite_log_softmax_f32(const arenite_softmax_f32_layer *layer, const float *in, float *out);

#endif
