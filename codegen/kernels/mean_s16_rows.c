#include "mean_s16_rows.h"

void arenite_mean_add_row_s16(const arenite_mean_s16_layer *layer, const int16_t *in, int32_t columns, int32_t first,
                              int32_t *sums) {
  for (int32_t c = 0; c < layer->inner; ++c) {
    const int16_t *p = in + c;
    int32_t sum = first ? 0 : sums[c];
    for (int32_t i = columns; i > 0; --i) {
      sum += *p;
      p += layer->inner;
    }
    sums[c] = sum;
  }
}

void arenite_mean_finish_row_s16(const arenite_mean_s16_layer *layer, int32_t rows, const int32_t *sums,
                                 int16_t *out) {
  (void)rows;
  for (int32_t c = 0; c < layer->inner; ++c) {
    const int32_t mean = arenite_requantise_twice(sums[c], layer->multiplier, layer->shift);
    out[c] = (int16_t)arenite_clamp(mean, INT16_MIN, INT16_MAX);
  }
}
