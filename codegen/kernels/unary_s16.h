/* Magnitude and square root of int16; zero points are 0. */
#ifndef ARENITE_UNARY_S16_H
#define ARENITE_UNARY_S16_H

#include "arenite_float.h"

/* |in| * multiplier * 2^(shift - 31), rounded twice, saturated. */
typedef struct {
  int32_t rows;
  int32_t row_elements;
  int32_t multiplier;
  int32_t shift;
} arenite_abs_s16_layer;

/* sqrt(in_scale * in) / out_scale in float32, cut off, saturated; 0 of what is negative. Both scales are bits. */
typedef struct {
  int32_t rows;
  int32_t row_elements;
  int32_t in_scale;
  int32_t out_scale;
} arenite_sqrt_s16_layer;

void arenite_abs_row_s16(const arenite_abs_s16_layer *layer, const int16_t *in, int16_t *out);

void arenite_abs_s16(const arenite_abs_s16_layer *layer, const int16_t *in, int16_t *out);

void arenite_sqrt_row_s16(const arenite_sqrt_s16_layer *layer, const int16_t *in, int16_t *out);

void arenite_sqrt_s16(const arenite_sqrt_s16_layer *layer, const int16_t *in, int16_t *out);

#endif
