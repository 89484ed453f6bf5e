/* The square of the difference of two tensors that broadcast against each other, int8 and int16. */
#ifndef ARENITE_SQUARED_DIFFERENCE_H
#define ARENITE_SQUARED_DIFFERENCE_H

#include "arenite_broadcast.h"

/* The fields up to `swapped` are those of arenite_broadcast_layer. With x' = (x + x_offset) * 2^7 * x_multiplier *
 * 2^(x_shift - 31) and the like for y, out = (x' - y')^2 * output_multiplier * 2^(output_shift - 31) + zero point, each
 * rounded twice. For int16 there is no 2^7. */
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
  int32_t x_multiplier;
  int32_t x_shift;
  int32_t y_offset;
  int32_t y_multiplier;
  int32_t y_shift;
  int32_t output_multiplier;
  int32_t output_shift;
  int32_t output_zero_point;
} arenite_squared_difference_layer;

/* One output row from the operands' rows. */
void arenite_squared_difference_row_s8(const arenite_squared_difference_layer *layer, const int8_t *a, const int8_t *b,
                                       int8_t *out);

void arenite_squared_difference_row_s16(const arenite_squared_difference_layer *layer, const int16_t *a,
                                        const int16_t *b, int16_t *out);

void arenite_squared_difference_s16(const arenite_squared_difference_layer *layer, const int16_t *a, const int16_t *b,
                                    int16_t *out);

void arenite_squared_difference_s8(const arenite_squared_difference_layer *layer, const int8_t *a, const int8_t *b,
                                   int8_t *out);

#endif
