/* Vectors divided by their lengths, int8: the result is in 128ths. */
#ifndef ARENITE_L2_NORMALIZATION_H
#define ARENITE_L2_NORMALIZATION_H

#include "arenite_words.h"

/* Of the 7 bits by which elements are shifted left, `early` are before the multiplication by the inverse length, which
 * rounds; TensorFlow Lite has 0 of them for int8 and 7 for uint8. */
typedef struct {
  int32_t rows;
  int32_t depth;
  int32_t zero_point;
  int32_t early;
} arenite_l2_normalization_layer;

void arenite_l2_normalization_row_s8(const arenite_l2_normalization_layer *layer, const int8_t *in, int8_t *out);

void arenite_l2_normalization_s8(const arenite_l2_normalization_layer *layer, const int8_t *in, int8_t *out);

#endif
