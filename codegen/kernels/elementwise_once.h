/* Sum, difference and product of two tensors that broadcast against each other, rounded as float32 arithmetic does. */
#ifndef ARENITE_ELEMENTWISE_ONCE_H
#define ARENITE_ELEMENTWISE_ONCE_H

#include "arenite_words.h"

/* The output is [batches, rows, columns, channels]; strides are in elements, 0 along a broadcast axis. Output pixels
 * begin `output_stride` elements apart, the first one of a row `output_start` elements behind `out`.
 *
 *   out = floor((a * a_gain + b * b_gain + offset) / 2^shift)
 * unless what is cut off is at most `window`. Then it is, every sum rounded to float32, in numbers of 64 bits,
 *   out = rint(((exact_offset + (b + b_stored) * exact_b) + (a + a_stored) * exact_a) * 2^-exact_shift) + output_offset
 * with ties to even; with a divisor, products and the quotient are also rounded to float32,
 *   out = rint(((b + b_stored) * exact_b + (a + a_stored) * exact_a) * 2^-exact_shift / divisor) + output_offset
 * All are clamped. Without a divisor it is 0. If swapped, a and b change places in this. */
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
  int32_t a_gain;
  int32_t b_gain;
  int32_t offset;
  int32_t shift;
  int32_t window;
  int32_t exact_a_high;
  int32_t exact_a_low;
  int32_t exact_b_high;
  int32_t exact_b_low;
  int32_t exact_offset_high;
  int32_t exact_offset_low;
  int32_t exact_shift;
  int32_t swapped;
  int32_t divisor;
  int32_t a_stored;
  int32_t b_stored;
  int32_t output_offset;
  int32_t activation_min;
  int32_t activation_max;
  int32_t output_stride;
  int32_t output_start;
} arenite_add_once_layer;

/* Shape as above.
 *   out = arenite_scale_as_float((a + a_offset) * (b + b_offset), multiplier, code, float_offset) + zero point */
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
  int32_t a_offset;
  int32_t b_offset;
  int32_t multiplier;
  int32_t code;
  int32_t float_offset;
  int32_t output_zero_point;
  int32_t activation_min;
  int32_t activation_max;
  int32_t output_stride;
  int32_t output_start;
} arenite_multiply_once_layer;

/* The output for two elements, before it is clamped: for the few sums next to a tie. */
int32_t arenite_exact_sum(const arenite_add_once_layer *layer, int32_t a, int32_t b);

/* One output row from the operands' rows. */
void arenite_add_once_row_s8(const arenite_add_once_layer *layer, const int8_t *a, const int8_t *b, int8_t *out);

void arenite_multiply_once_row_s8(const arenite_multiply_once_layer *layer, const int8_t *a, const int8_t *b,
                                  int8_t *out);

void arenite_add_once_s8(const arenite_add_once_layer *layer, const int8_t *a, const int8_t *b, int8_t *out);

void arenite_multiply_once_s8(const arenite_multiply_once_layer *layer, const int8_t *a, const int8_t *b, int8_t *out);

#endif
