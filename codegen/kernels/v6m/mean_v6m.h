/* Mean over an axis (or several neighbouring ones), requantised. */
#ifndef ARENITE_MEAN_V6M_H
#define ARENITE_MEAN_V6M_H

#include "arenite_words.h"

/* As arenite_mean_layer. reduced is at most 256, and -21 <= shift <= -1. */
typedef struct {
  int32_t outer;
  int32_t reduced;
  int32_t inner;
  int32_t offset;
  int32_t multiplier;
  int32_t shift;
  int32_t output_zero_point;
} arenite_mean_v6m_layer;

/* One index of `outer`: [reduced, inner] -> [inner]. */
void arenite_mean_v6m_row_s8(const arenite_mean_v6m_layer *layer, const int8_t *in, int8_t *out);

void arenite_mean_v6m_s8(const arenite_mean_v6m_layer *layer, const int8_t *in, int8_t *out);

#endif
