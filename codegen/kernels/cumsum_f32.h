/* Sums along an axis up to each element, float32. */
#ifndef ARENITE_CUMSUM_F32_H
#define ARENITE_CUMSUM_F32_H

#include <stdint.h>

/* Each of the rows is [depth, inner], and sums run along the depth, from its end if `reverse`; if `exclusive`, an element
 * is no part of its own sum. */
typedef struct {
  int32_t rows;
  int32_t depth;
  int32_t inner;
  int32_t reverse;
  int32_t exclusive;
} arenite_cumsum_f32_layer;

void arenite_cumsum_row_f32(const arenite_cumsum_f32_layer *layer, const float *in, float *out);

/* `in` and `out` may be the same. */
void arenite_cumsum_f32(const arenite_cumsum_f32_layer *layer, const float *in, float *out);

#endif
