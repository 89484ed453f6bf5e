/* Sum, difference and product of two tensors that broadcast against each other, for Helium. */
#ifndef ARENITE_ELEMENTWISE_MVE_H
#define ARENITE_ELEMENTWISE_MVE_H

#include "arenite_operands_mve.h"

/* As arenite_add_layer. exact_gain, exact_offset and scaled_offset are even. */
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
} arenite_add_mve_layer;

/* As arenite_multiply_layer. gain and a_offset are even. */
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
} arenite_multiply_mve_layer;

/* One output row from the operands' rows. */
void arenite_add_mve_row_s8(const arenite_add_mve_layer *layer, const int8_t *a, const int8_t *b, int8_t *out);

void arenite_multiply_mve_row_s8(const arenite_multiply_mve_layer *layer, const int8_t *a, const int8_t *b,
                                 int8_t *out);

void arenite_add_mve_s8(const arenite_add_mve_layer *layer, const int8_t *a, const int8_t *b, int8_t *out);

void arenite_multiply_mve_s8(const arenite_multiply_mve_layer *layer, const int8_t *a, const int8_t *b, int8_t *out);

#endif
