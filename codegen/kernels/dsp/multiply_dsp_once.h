/* Product of two tensors that broadcast against each other, but not along channels, rounded as float32 arithmetic does,
 * for the DSP extension. */
#ifndef ARENITE_MULTIPLY_DSP_ONCE_H
#define ARENITE_MULTIPLY_DSP_ONCE_H

#include "elementwise_once.h"

/* One output row from the operands' rows. Strides along the channels are 1, and the code has `left` up to 14. */
void arenite_multiply_dsp_once_row_s8(const arenite_multiply_once_layer *layer, const int8_t *a, const int8_t *b,
                                      int8_t *out);

void arenite_multiply_dsp_once_s8(const arenite_multiply_once_layer *layer, const int8_t *a, const int8_t *b,
                                  int8_t *out);

#endif
