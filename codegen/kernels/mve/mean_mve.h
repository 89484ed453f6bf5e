/* Mean over an axis (or several neighbouring ones), requantised, for Helium. */
#ifndef ARENITE_MEAN_MVE_H
#define ARENITE_MEAN_MVE_H

#include "arenite_words_fours_mve.h"

/* As arenite_mean_layer. */
typedef struct {
  int32_t outer;
  int32_t reduced;
  int32_t inner;
  int32_t offset;
  int32_t multiplier;
  int32_t shift;
  int32_t output_zero_point;
} arenite_mean_mve_layer;

/* One index of `outer`: [reduced, inner] -> [inner]. */
void arenite_mean_mve_row_s8(const arenite_mean_mve_layer *layer, const int8_t *in, int8_t *out);

void arenite_mean_mve_s8(const arenite_mean_mve_layer *layer, const int8_t *in, int8_t *out);

#endif
