/* Sum, difference and product of two int16 tensors that broadcast against each other; zero points are 0. */
#ifndef ARENITE_ELEMENTWISE_S16_H
#define ARENITE_ELEMENTWISE_S16_H

#include "arenite_words.h"

/* The output is [batches, rows, columns, channels]; strides are in elements, 0 along a broadcast axis. Output pixels
 * begin `output_stride` elements apart, the first one of a row `output_start` elements behind `out`.
 *
 *   out = (a_sign * (a * 2^15 * a_multiplier) + b_sign * (b * 2^15 * b_multiplier)) * output_multiplier
 *
 * Multipliers, with their shifts <= 0, are as arenite_requantise_twice takes them; signs are 1 or -1. */
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
  int32_t a_sign;
  int32_t a_multiplier;
  int32_t a_shift;
  int32_t b_sign;
  int32_t b_multiplier;
  int32_t b_shift;
  int32_t output_multiplier;
  int32_t output_shift;
  int32_t activation_min;
  int32_t activation_max;
  int32_t output_stride;
  int32_t output_start;
} arenite_add_s16_layer;

/* Shape as above.
 *   out = a_sign * a / 2^a_shift + b_sign * b / 2^b_shift
 * with shifts in [0, 15]; each division rounds to nearest, ties away from zero. */
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
  int32_t a_sign;
  int32_t a_shift;
  int32_t b_sign;
  int32_t b_shift;
  int32_t activation_min;
  int32_t activation_max;
  int32_t output_stride;
  int32_t output_start;
} arenite_add_shifted_s16_layer;

/* Shape as above.
 *   out = a * b * multiplier * 2^(shift - 31), rounded twice. */
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
  int32_t multiplier;
  int32_t shift;
  int32_t activation_min;
  int32_t activation_max;
  int32_t output_stride;
  int32_t output_start;
} arenite_multiply_s16_layer;

/* One output row from the operands' rows. */
void arenite_add_row_s16(const arenite_add_s16_layer *layer, const int16_t *a, const int16_t *b, int16_t *out);

void arenite_add_shifted_row_s16(const arenite_add_shifted_s16_layer *layer, const int16_t *a, const int16_t *b,
                                 int16_t *out);

void arenite_multiply_row_s16(const arenite_multiply_s16_layer *layer, const int16_t *a, const int16_t *b,
                              int16_t *out);

void arenite_add_s16(const arenite_add_s16_layer *layer, const int16_t *a, const int16_t *b, int16_t *out);

void arenite_add_shifted_s16(const arenite_add_shifted_s16_layer *layer, const int16_t *a, const int16_t *b,
                             int16_t *out);

void arenite_multiply_s16(const arenite_multiply_s16_layer *layer, const int16_t *a, const int16_t *b, int16_t *out);

#endif
