/* Leaky ReLU of int16. */
#ifndef ARENITE_LEAKY_RELU_S16_H
#define ARENITE_LEAKY_RELU_S16_H

#include "arenite_words.h"

/* in * multiplier * 2^(shift - 31) for in >= 0, sign * in * negative_multiplier * 2^(negative_shift - 31) for the
 * others; both rounded twice, and saturated. */
typedef struct {
  int32_t rows;
  int32_t row_elements;
  int32_t multiplier;
  int32_t shift;
  int32_t negative_multiplier;
  int32_t negative_shift;
  int32_t sign;
} arenite_leaky_relu_s16_layer;

void arenite_leaky_relu_row_s16(const arenite_leaky_relu_s16_layer *layer, const int16_t *in, int16_t *out);

void arenite_leaky_relu_s16(const arenite_leaky_relu_s16_layer *layer, const int16_t *in, int16_t *out);

#endif
