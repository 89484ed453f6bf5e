/* Product of two tensors that broadcast against each other, but not along channels, for the DSP extension. */
#ifndef ARENITE_MULTIPLY_DSP_H
#define ARENITE_MULTIPLY_DSP_H

#include "arenite_words_dsp.h"

/* As arenite_multiply_layer, with strides of 1 along the channels, a gain of 2, and shift in [1, 22], of which there is
 * 1 less here. `a_offset` is half of that one's, `rounding` 2 * (output zero point + 128) + 1. */
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
  int32_t a_offset;
  int32_t b_offset;
  int32_t multiplier;
  int32_t shift;
  int32_t rounding;
  int32_t activation_min;
  int32_t activation_max;
  int32_t output_stride;
  int32_t output_start;
} arenite_multiply_dsp_layer;

/* One output row from the operands' rows. */
void arenite_multiply_dsp_row_s8(const arenite_multiply_dsp_layer *layer, const int8_t *a, const int8_t *b,
                                 int8_t *out);

void arenite_multiply_dsp_s8(const arenite_multiply_dsp_layer *layer, const int8_t *a, const int8_t *b, int8_t *out);

#endif
