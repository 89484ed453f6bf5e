/* Vectors divided by their lengths, float32. */
#ifndef ARENITE_L2_NORMALIZATION_F32_H
#define ARENITE_L2_NORMALIZATION_F32_H

#include "arenite_float.h"

typedef struct {
  int32_t rows;
  int32_t depth;
} arenite_l2_normalization_f32_layer;

/* The length is at least 10^-6. */
void arenite_l2_normalization_row_f32(const arenite_l2_normalization_f32_layer *layer, const float *in, float *out);

void arenite_l2_normalization_f32(const arenite_l2_normalization_f32_layer *layer, const float *in, float *out);

#endif
