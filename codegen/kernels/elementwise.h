/* Sum, difference and product of two tensors that broadcast against each other. */
#ifndef ARENITE_ELEMENTWISE_H
#define ARENITE_ELEMENTWISE_H

#include "arenite_words.h"

/* The output is [batches, rows, columns, channels]; strides are in elements, 0 along a broadcast axis. Output pixels
 * begin `output_stride` elements apart, the first one of a row `output_start` elements behind `out`.
 *
 * Of the two operands, x has the larger scale and needs no rescaling. x is a and y is b, or, if swapped, the reverse.
 *   y' = (y * 2^21 + scaled_offset) * scaled_multiplier / 2^32 / 2^scaled_shift
 *   out = (x * exact_gain + exact_offset + y' * scaled_gain) * output_multiplier / 2^32 / 2^output_shift + zero point
 * exact_gain is 2^20 or -2^20, scaled_gain 2 or -2; each division rounds to nearest, the first ties upwards, the second
 * ties away from zero. scaled_shift is in [1, 31], output_shift in [0, 31], multipliers are not negative. */
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
  int32_t exact_gain;
  int32_t exact_offset;
  int32_t scaled_offset;
  int32_t scaled_multiplier;
  int32_t scaled_shift;
  int32_t scaled_gain;
  int32_t output_multiplier;
  int32_t output_shift;
  int32_t output_zero_point;
  int32_t activation_min;
  int32_t activation_max;
  int32_t output_stride;
  int32_t output_start;
} arenite_add_layer;

/* Shape as above.
 *   out = (a * gain + a_offset) * (b + b_offset) * multiplier / 2^32 / 2^shift + zero point
 * rounded likewise; shift is in [0, 31]. */
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
  int32_t gain;
  int32_t a_offset;
  int32_t b_offset;
  int32_t multiplier;
  int32_t shift;
  int32_t output_zero_point;
  int32_t activation_min;
  int32_t activation_max;
  int32_t output_stride;
  int32_t output_start;
} arenite_multiply_layer;

/* One output row from the operands' rows. */
void arenite_add_row_s8(const arenite_add_layer *layer, const int8_t *a, const int8_t *b, int8_t *out);

void arenite_multiply_row_s8(const arenite_multiply_layer *layer, const int8_t *a, const int8_t *b, int8_t *out);

void arenite_add_s8(const arenite_add_layer *layer, const int8_t *a, const int8_t *b, int8_t *out);

void arenite_multiply_s8(const arenite_multiply_layer *layer, const int8_t *a, const int8_t *b, int8_t *out);

#endif
