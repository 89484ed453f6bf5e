/* Vectors divided by their lengths, int8: the result is in 128ths. */
#ifndef ARENITE_L2_NORMALIZATION_H
#define ARENITE_L2_NORMALIZATION_H

#include "arenite_words.h"

typedef struct {
  int32_t rows;
  int32_t depth;
  int32_t zero_point;
} arenite_l2_normalization_layer;

void arenite_l2_normalization_row_s8(const arenite_l2_normalization_layer *layer, const int8_t *in, int8_t *out);

void arenite_l2_normalization_s8(const arenite_l2_normalization_layer *layer, const int8_t *in, int8_t *out);

#endif
