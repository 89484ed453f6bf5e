#include "mean_s16.h"

void arenite_mean_row_s16(const arenite_mean_s16_layer *layer, const int16_t *in, int16_t *out) {
  for (int32_t c = 0; c < layer->inner; ++c) {
    const int16_t *p = in + c;
    int32_t sum = 0;
    for (int32_t i = layer->reduced; i > 0; --i) {
      sum += *p;
      p += layer->inner;
    }
    const int32_t mean = arenite_requantise_twice(sum, layer->multiplier, layer->shift);
    out[c] = (int16_t)arenite_clamp(mean, INT16_MIN, INT16_MAX);
  }
}

void arenite_mean_s16(const arenite_mean_s16_layer *layer, const int16_t *in, int16_t *out) {
  for (int32_t i = 0; i < layer->outer; ++i) {
    arenite_mean_row_s16(layer, in, out);
    in += layer->reduced * layer->inner;
    out += layer->inner;
  }
}
