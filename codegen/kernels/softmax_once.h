/* Softmax over the last axis to any scale and zero point, in integers only, rounded once. */
#ifndef ARENITE_SOFTMAX_ONCE_H
#define ARENITE_SOFTMAX_ONCE_H

#include "arenite_words.h"

/* `steps` is what 1 becomes, in [0, 2^24), less the zero point. Below `entries` steps under the maximum, exp()
 * contributes nothing; depth < 4096. */
typedef struct {
  int32_t rows;
  int32_t depth;
  int32_t entries;
  int32_t steps;
  int32_t output_zero_point;
} arenite_softmax_once_layer;

/* exponentials[d] = exp(-d * beta * input scale) in Q1.30, `entries` of them. `in` and `out` may be the same. */
void arenite_softmax_once_row_s8(const arenite_softmax_once_layer *layer, const int8_t *in,
                                 const int32_t *exponentials, int8_t *out);

void arenite_softmax_once_s8(const arenite_softmax_once_layer *layer, const int8_t *in, const int32_t *exponentials,
                             int8_t *out);

#endif
