/* Mean over an axis (or several neighbouring ones), requantised, for the DSP extension. */
#ifndef ARENITE_MEAN_DSP_H
#define ARENITE_MEAN_DSP_H

#include "arenite_means_dsp.h"

/* The input is [outer, reduced, inner]; `reduced` is at most ARENITE_HALF_ELEMENTS, `inner` 8 or more. `offset` is
 * -reduced * input zero point * 2^left, `rounding` 2 * (output zero point + 128) + 1; 1 / reduced is in the multiplier.
 * left is in [0, 14], shift in [0, 21]. */
typedef struct {
  int32_t outer;
  int32_t reduced;
  int32_t inner;
  int32_t left;
  int32_t offset;
  int32_t multiplier;
  int32_t shift;
  int32_t rounding;
} arenite_mean_dsp_layer;

/* One index of `outer`: [reduced, inner] -> [inner]. */
void arenite_mean_dsp_row_s8(const arenite_mean_dsp_layer *layer, const int8_t *in, int8_t *out);

void arenite_mean_dsp_s8(const arenite_mean_dsp_layer *layer, const int8_t *in, int8_t *out);

#endif
