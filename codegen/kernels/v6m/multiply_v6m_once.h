/* Product of two tensors that broadcast against each other, rounded as float32 arithmetic does. */
#ifndef ARENITE_MULTIPLY_V6M_ONCE_H
#define ARENITE_MULTIPLY_V6M_ONCE_H

#include "arenite_elements_v6m.h"

/* As arenite_multiply_once_layer, where the code shifts to the left by 14 at most. */
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
} arenite_multiply_v6m_once_layer;

/* One row of the output. */
void arenite_multiply_v6m_once_row_s8(const arenite_multiply_v6m_once_layer *layer, const int8_t *a, const int8_t *b,
                                      int8_t *out);

void arenite_multiply_v6m_once_s8(const arenite_multiply_v6m_once_layer *layer, const int8_t *a, const int8_t *b,
                                  int8_t *out);

#endif
