/* Mean over an axis (or several neighbouring ones) of int16, requantised. */
#ifndef ARENITE_MEAN_S16_H
#define ARENITE_MEAN_S16_H

#include "arenite_words.h"

/* The input is [outer, reduced, inner], reduced < 2^16; 1 / reduced is in the multiplier. */
typedef struct {
  int32_t outer;
  int32_t reduced;
  int32_t inner;
  int32_t multiplier;
  int32_t shift;
} arenite_mean_s16_layer;

/* One index of `outer`: [reduced, inner] -> [inner]. */
void arenite_mean_row_s16(const arenite_mean_s16_layer *layer, const int16_t *in, int16_t *out);

void arenite_mean_s16(const arenite_mean_s16_layer *layer, const int16_t *in, int16_t *out);

#endif
