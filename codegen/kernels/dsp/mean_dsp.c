#include "mean_dsp.h"

#define EIGHT 8

void arenite_mean_dsp_row_s8(const arenite_mean_dsp_layer *layer, const int8_t *in, int8_t *out) {
  const arenite_mean_scaling s =
      arenite_mean_scaling_of(layer->left, layer->offset, layer->multiplier, layer->rounding, layer->shift);
  const int32_t inner = layer->inner;
  const int32_t last = inner - EIGHT;
  /* The last eight overlap with those before them, if need be. */
  for (int32_t done = 0; done < inner; done += EIGHT) {
    const int32_t c = done < last ? done : last;
    const int8_t *p = in + c;
    arenite_int8x8_sums sums = arenite_int8x8_sums_zero();
    int32_t i = layer->reduced;
    do {
      sums = arenite_int8x8_plus(sums, p);
      p += inner;
    } while (--i > 0);
    arenite_store_four(out + c, arenite_four_means(&s, sums.even, sums.odd));
    arenite_store_four(out + c + 4, arenite_four_means(&s, sums.second_even, sums.second_odd));
  }
}

void arenite_mean_dsp_s8(const arenite_mean_dsp_layer *layer, const int8_t *in, int8_t *out) {
  for (int32_t i = 0; i < layer->outer; ++i) {
    arenite_mean_dsp_row_s8(layer, in, out);
    in += layer->reduced * layer->inner;
    out += layer->inner;
  }
}
