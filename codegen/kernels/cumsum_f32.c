#include "cumsum_f32.h"

void arenite_cumsum_row_f32(const arenite_cumsum_f32_layer *layer, const float *in, float *out) {
  const int32_t inner = layer->inner;
  const int32_t step = layer->reverse ? -inner : inner;
  const int32_t first = layer->reverse ? (layer->depth - 1) * inner : 0;
  for (int32_t i = 0; i < inner; ++i) {
    float sum = 0.0f;
    int32_t place = first + i;
    for (int32_t k = layer->depth; k > 0; --k) {
      const float before = sum;
      sum += in[place];
      out[place] = layer->exclusive ? before : sum;
      place += step;
    }
  }
}

void arenite_cumsum_f32(const arenite_cumsum_f32_layer *layer, const float *in, float *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_cumsum_row_f32(layer, in, out);
    in += layer->depth * layer->inner;
    out += layer->depth * layer->inner;
  }
}
