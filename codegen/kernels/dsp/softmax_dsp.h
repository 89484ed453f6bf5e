/* Softmax over the last axis, in integers only, for the DSP extension. */
#ifndef ARENITE_SOFTMAX_DSP_H
#define ARENITE_SOFTMAX_DSP_H

#include "arenite_words_dsp.h"

/* As arenite_softmax_layer. */
typedef struct {
  int32_t rows;
  int32_t depth;
  int32_t entries;
} arenite_softmax_dsp_layer;

/* As arenite_softmax_row_s8; `in` and `out` may be the same. */
void arenite_softmax_dsp_row_s8(const arenite_softmax_dsp_layer *layer, const int8_t *in, const int32_t *exponentials,
                                int8_t *out);

void arenite_softmax_dsp_s8(const arenite_softmax_dsp_layer *layer, const int8_t *in, const int32_t *exponentials,
                            int8_t *out);

#endif
