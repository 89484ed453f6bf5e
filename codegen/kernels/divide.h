/* The quotient of two tensors that broadcast against each other, int8. */
#ifndef ARENITE_DIVIDE_H
#define ARENITE_DIVIDE_H

#include "arenite_broadcast.h"

/* The fields up to `swapped` are those of arenite_broadcast_layer. out = (x + x_offset) / (y + y_offset) * multiplier *
 * 2^(shift - 31) + zero point, clamped; what is divided by 0 counts as 0. The reciprocal, its product and the result are
 * rounded. */
typedef struct {
  int32_t batches;
  int32_t rows;
  int32_t columns;
  int32_t channels;
  int32_t a_batch_stride;
  int32_t a_row_stride;
  int32_t a_column_stride;
  int32_t a_channel_stride;
  int32_t b_batch_stride;
  int32_t b_row_stride;
  int32_t b_column_stride;
  int32_t b_channel_stride;
  int32_t swapped;
  int32_t x_offset;
  int32_t y_offset;
  int32_t multiplier;
  int32_t shift;
  int32_t output_zero_point;
  int32_t activation_min;
  int32_t activation_max;
} arenite_divide_layer;

/* One output row from the operands' rows. */
void arenite_divide_row_s8(const arenite_divide_layer *layer, const int8_t *a, const int8_t *b, int8_t *out);

void arenite_divide_s8(const arenite_divide_layer *layer, const int8_t *a, const int8_t *b, int8_t *out);

#endif
