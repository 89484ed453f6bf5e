/* The logarithm of softmax over the last axis, in integers only. */
#ifndef ARENITE_LOG_SOFTMAX_H
#define ARENITE_LOG_SOFTMAX_H

#include "arenite_words.h"

/* Below `entries` steps under the maximum, exp() contributes nothing; depth < 4096. A difference of d steps is
 * d * multiplier * 2^(shift - 31) in Q5.26, and back in steps with `reverse_multiplier` and `reverse_shift`; more than
 * `farthest` steps under the maximum, the result is the least one. */
typedef struct {
  int32_t rows;
  int32_t depth;
  int32_t entries;
  int32_t multiplier;
  int32_t shift;
  int32_t farthest;
  int32_t reverse_multiplier;
  int32_t reverse_shift;
} arenite_log_softmax_layer;

/* exponentials[d] = exp(-d * input scale) in Q0.31, `entries` of them. The output has scale 1 / 16 and zero point 127.
 * `in` and `out` may be the same. */
void arenite_log_softmax_row_s8(const arenite_log_softmax_layer *layer, const int8_t *in, const int32_t *exponentials,
                                int8_t *out);

void arenite_log_softmax_s8(const arenite_log_softmax_layer *layer, const int8_t *in, const int32_t *exponentials,
                            int8_t *out);

#endif
