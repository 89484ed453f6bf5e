#include "mean_dsp_rows.h"

#define EIGHT 8

void arenite_mean_dsp_add_row_s8(const arenite_mean_dsp_layer *layer, const int8_t *in, int32_t columns, int32_t first,
                                 int32_t *sums) {
  const int32_t inner = layer->inner;
  const int32_t last = inner - EIGHT;
  /* The last eight overlap with those before them, if need be, but have their own sums. */
  for (int32_t done = 0; done < inner; done += EIGHT) {
    const int8_t *p = in + (done < last ? done : last);
    arenite_int8x8_sums of_eight = first ? arenite_int8x8_sums_zero() : arenite_int8x8_sums_load(sums);
    for (int32_t i = columns; i > 0; --i) {
      of_eight = arenite_int8x8_plus(of_eight, p);
      p += inner;
    }
    arenite_int8x8_sums_store(sums, of_eight);
    sums += ARENITE_INT8X8_SUMS_WORDS;
  }
}

void arenite_mean_dsp_finish_row_s8(const arenite_mean_dsp_layer *layer, int32_t rows, const int32_t *sums,
                                    int8_t *out) {
  const arenite_mean_scaling s =
      arenite_mean_scaling_of(layer->left, layer->offset, layer->multiplier, layer->rounding, layer->shift);
  const int32_t last = layer->inner - EIGHT;
  (void)rows;
  for (int32_t done = 0; done < layer->inner; done += EIGHT) {
    const int32_t c = done < last ? done : last;
    const arenite_int8x8_sums of_eight = arenite_int8x8_sums_load(sums);
    arenite_store_four(out + c, arenite_four_means(&s, of_eight.even, of_eight.odd));
    arenite_store_four(out + c + 4, arenite_four_means(&s, of_eight.second_even, of_eight.second_odd));
    sums += ARENITE_INT8X8_SUMS_WORDS;
  }
}
