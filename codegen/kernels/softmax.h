/* Softmax over the last axis, in integers only. */
#ifndef ARENITE_SOFTMAX_H
#define ARENITE_SOFTMAX_H

#include "arenite_words.h"

/* Below `entries` steps under the maximum, exp() contributes nothing; depth < 4096. */
typedef struct {
  int32_t rows;
  int32_t depth;
  int32_t entries;
} arenite_softmax_layer;

/* exponentials[d] = exp(-d * beta * input scale) in Q0.31, `entries` of them. The output has scale 1 / 256 and zero
 * point -128. `in` and `out` may be the same. */
void arenite_softmax_row_s8(const arenite_softmax_layer *layer, const int8_t *in, const int32_t *exponentials,
                            int8_t *out);

void arenite_softmax_s8(const arenite_softmax_layer *layer, const int8_t *in, const int32_t *exponentials,
                        int8_t *out);

#endif
