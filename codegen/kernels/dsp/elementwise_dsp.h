/* Sum of two tensors that broadcast against each other, but not along channels, for the DSP extension. */
#ifndef ARENITE_ELEMENTWISE_DSP_H
#define ARENITE_ELEMENTWISE_DSP_H

#include "arenite_words_dsp.h"

/* As arenite_add_layer, with strides of 1 along the channels, exact_gain 2^20, scaled_gain 2, and output_shift in [1,
 * 23], of which there is 1 less here. `rounding` is 2 * output zero point + 1. */
typedef struct {
  int32_t batches;
  int32_t rows;
  int32_t columns;
  int32_t channels;
  int32_t a_batch_stride;
  int32_t a_row_stride;
  int32_t a_column_stride;
  int32_t b_batch_stride;
  int32_t b_row_stride;
  int32_t b_column_stride;
  int32_t swapped;
  int32_t exact_offset;
  int32_t scaled_offset;
  int32_t scaled_multiplier;
  int32_t scaled_shift;
  int32_t output_multiplier;
  int32_t output_shift;
  int32_t rounding;
  int32_t activation_min;
  int32_t activation_max;
  int32_t output_stride;
  int32_t output_start;
} arenite_add_dsp_layer;

/* One output row from the operands' rows. */
void arenite_add_dsp_row_s8(const arenite_add_dsp_layer *layer, const int8_t *a, const int8_t *b, int8_t *out);

void arenite_add_dsp_s8(const arenite_add_dsp_layer *layer, const int8_t *a, const int8_t *b, int8_t *out);

#endif
