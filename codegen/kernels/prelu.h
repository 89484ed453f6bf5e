/* x where it is not negative, and x * y elsewhere, int8. */
#ifndef ARENITE_PRELU_H
#define ARENITE_PRELU_H

#include "arenite_broadcast.h"

/* The fields up to `swapped`, which is 0, are those of arenite_broadcast_layer.
 *   out = (x + x_offset) * positive multiplier + zero point, or (x + x_offset) * (y + y_offset) * negative multiplier
 * + zero point; a multiplier is multiplier * 2^(shift - 31), and products with it are rounded twice. */
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
  int32_t positive_multiplier;
  int32_t positive_shift;
  int32_t negative_multiplier;
  int32_t negative_shift;
  int32_t output_zero_point;
} arenite_prelu_layer;

/* One output row from the operands' rows. */
void arenite_prelu_row_s8(const arenite_prelu_layer *layer, const int8_t *a, const int8_t *b, int8_t *out);

void arenite_prelu_s8(const arenite_prelu_layer *layer, const int8_t *a, const int8_t *b, int8_t *out);

#endif
