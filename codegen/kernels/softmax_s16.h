/* Softmax over the last axis, int16, with tables of exponentials and reciprocals. */
#ifndef ARENITE_SOFTMAX_S16_H
#define ARENITE_SOFTMAX_S16_H

#include "arenite_words.h"

/* Differences to the maximum are rescaled by the multiplier, so that -65535 is exp(-10); depth <= 65536. */
typedef struct {
  int32_t rows;
  int32_t depth;
  int32_t multiplier;
  int32_t shift;
} arenite_softmax_s16_layer;

/* Tables as arenite_lookup_s16 has them: `exponentials` has exp(x) for x from -10 to 0, `reciprocals` 1 / (1 + x) for x
 * from 0 to 1. The output is in Q0.15. */
void arenite_softmax_row_s16(const arenite_softmax_s16_layer *layer, const int16_t *in, const int16_t *exponentials,
                             const int16_t *reciprocals, int16_t *out);

void arenite_softmax_s16(const arenite_softmax_s16_layer *layer, const int16_t *in, const int16_t *exponentials,
                         const int16_t *reciprocals, int16_t *out);

#endif
