#include "cumsum.h"

static inline int8_t stored(const arenite_cumsum_layer *layer, int32_t sum) {
  const int32_t scaled = (int32_t)((uint32_t)sum << 19);
  return arenite_saturate(arenite_requantise_twice(scaled, layer->multiplier, layer->shift), layer->output_zero_point);
}

void arenite_cumsum_row_s8(const arenite_cumsum_layer *layer, const int8_t *in, int8_t *out) {
  const int32_t inner = layer->inner;
  const int32_t step = layer->reverse ? -inner : inner;
  const int32_t first = layer->reverse ? (layer->depth - 1) * inner : 0;
  for (int32_t i = 0; i < inner; ++i) {
    int32_t sum = layer->start;
    int32_t place = first + i;
    for (int32_t k = layer->depth; k > 0; --k) {
      const int32_t before = sum;
      sum = arenite_add(sum, in[place] - layer->zero_point);
      out[place] = stored(layer, layer->exclusive ? before : sum);
      place += step;
    }
  }
}

void arenite_cumsum_row_s32(const arenite_cumsum_layer *layer, const int32_t *in, int32_t *out) {
  const int32_t inner = layer->inner;
  const int32_t step = layer->reverse ? -inner : inner;
  const int32_t first = layer->reverse ? (layer->depth - 1) * inner : 0;
  for (int32_t i = 0; i < inner; ++i) {
    int32_t sum = 0;
    int32_t place = first + i;
    for (int32_t k = layer->depth; k > 0; --k) {
      const int32_t before = sum;
      sum = arenite_add(sum, in[place]);
      out[place] = layer->exclusive ? before : sum;
      place += step;
    }
  }
}

void arenite_cumsum_s8(const arenite_cumsum_layer *layer, const int8_t *in, int8_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_cumsum_row_s8(layer, in, out);
    in += layer->depth * layer->inner;
    out += layer->depth * layer->inner;
  }
}

void arenite_cumsum_s32(const arenite_cumsum_layer *layer, const int32_t *in, int32_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_cumsum_row_s32(layer, in, out);
    in += layer->depth * layer->inner;
    out += layer->depth * layer->inner;
  }
}
