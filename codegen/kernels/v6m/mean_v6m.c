#include "mean_v6m.h"
#include "arenite_means_v6m.h"
#include "arenite_pools_v6m.h"

void arenite_mean_v6m_row_s8(const arenite_mean_v6m_layer *layer, const int8_t *in, int8_t *out) {
  const arenite_mean_terms terms =
      arenite_terms_twice(layer->offset, layer->multiplier, layer->shift, layer->output_zero_point);
  const int32_t tap = 0;
  const arenite_part part = {in, &tap, 0, 1, layer->reduced, layer->inner};
  const int32_t words = arenite_first_word(&part);
  int32_t c = 0;
  while (c < layer->inner) {
    int32_t sums[4];
    const int32_t end = c + arenite_sums(&part, c, words, sums);
    for (const int32_t *sum = sums; c < end; ++c) {
      out[c] = arenite_mean_twice(&terms, *sum++, layer->multiplier, layer->shift);
    }
  }
}

void arenite_mean_v6m_s8(const arenite_mean_v6m_layer *layer, const int8_t *in, int8_t *out) {
  for (int32_t i = 0; i < layer->outer; ++i) {
    arenite_mean_v6m_row_s8(layer, in, out);
    in += layer->reduced * layer->inner;
    out += layer->inner;
  }
}
