#include "mean_mve.h"

#define FOUR 4

void arenite_mean_mve_row_s8(const arenite_mean_mve_layer *layer, const int8_t *in, int8_t *out) {
  const arenite_output_range range = arenite_int8_range(layer->output_zero_point);
  const int32_t inner = layer->inner;
  for (int32_t left = inner; left > 0; left -= FOUR) {
    const int8_t *p = in;
    arenite_four sums = arenite_four_of(layer->offset);
    for (int32_t i = layer->reduced; i > 0; --i) {
      sums = arenite_four_plus(sums, left >= FOUR ? arenite_four_load(p) : arenite_four_load_some(p, left));
      p += inner;
    }
    arenite_four_store(arenite_four_rescaled(sums, layer->multiplier, layer->shift), &range, left, out);
    in += FOUR;
    out += FOUR;
  }
}

void arenite_mean_mve_s8(const arenite_mean_mve_layer *layer, const int8_t *in, int8_t *out) {
  for (int32_t i = 0; i < layer->outer; ++i) {
    arenite_mean_mve_row_s8(layer, in, out);
    in += layer->reduced * layer->inner;
    out += layer->inner;
  }
}
