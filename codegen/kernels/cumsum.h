/* Sums along an axis up to each element, int8 and int32. */
#ifndef ARENITE_CUMSUM_H
#define ARENITE_CUMSUM_H

#include "arenite_words.h"

/* Each of the rows is [depth, inner], and sums run along the depth, from its end if `reverse`; if `exclusive`, an element
 * is no part of its own sum. Of int8, with the sum s of the elements, each less the zero point, that begins at `start`,
 * out = s * 2^19 * multiplier * 2^(shift - 31) + output zero point, rounded twice. Sums are modulo 2^32, of int8 shifted
 * left. */
typedef struct {
  int32_t rows;
  int32_t depth;
  int32_t inner;
  int32_t reverse;
  int32_t exclusive;
  int32_t zero_point;
  int32_t start;
  int32_t multiplier;
  int32_t shift;
  int32_t output_zero_point;
} arenite_cumsum_layer;

void arenite_cumsum_row_s8(const arenite_cumsum_layer *layer, const int8_t *in, int8_t *out);

void arenite_cumsum_row_s32(const arenite_cumsum_layer *layer, const int32_t *in, int32_t *out);

/* `in` and `out` may be the same. */
void arenite_cumsum_s8(const arenite_cumsum_layer *layer, const int8_t *in, int8_t *out);

void arenite_cumsum_s32(const arenite_cumsum_layer *layer, const int32_t *in, int32_t *out);

#endif
