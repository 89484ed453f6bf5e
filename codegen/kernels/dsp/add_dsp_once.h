/* Sum and difference of two tensors that broadcast against each other, but not along channels, rounded as float32
 * arithmetic does, for the DSP extension. */
#ifndef ARENITE_ADD_DSP_ONCE_H
#define ARENITE_ADD_DSP_ONCE_H

#include "elementwise_once.h"

/* One output row from the operands' rows. Strides along the channels are 1. */
void arenite_add_dsp_once_row_s8(const arenite_add_once_layer *layer, const int8_t *a, const int8_t *b, int8_t *out);

void arenite_add_dsp_once_s8(const arenite_add_once_layer *layer, const int8_t *a, const int8_t *b, int8_t *out);

#endif
