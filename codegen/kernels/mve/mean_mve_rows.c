#include "mean_mve_rows.h"

#define FOUR 4

void arenite_mean_mve_add_row_s8(const arenite_mean_mve_layer *layer, const int8_t *in, int32_t columns, int32_t first,
                                 int32_t *sums) {
  const int32_t inner = layer->inner;
  for (int32_t left = inner; left > 0; left -= FOUR) {
    const int8_t *p = in;
    arenite_four of_four = first ? arenite_four_of(0) : arenite_four_load_some_sums(sums, left);
    for (int32_t i = columns; i > 0; --i) {
      of_four = arenite_four_plus(of_four, left >= FOUR ? arenite_four_load(p) : arenite_four_load_some(p, left));
      p += inner;
    }
    arenite_four_store_some_sums(sums, of_four, left);
    in += FOUR;
    sums += FOUR;
  }
}

void arenite_mean_mve_finish_row_s8(const arenite_mean_mve_layer *layer, int32_t rows, const int32_t *sums,
                                    int8_t *out) {
  const arenite_output_range range = arenite_int8_range(layer->output_zero_point);
  const arenite_four offset = arenite_four_of(layer->offset);
  (void)rows;
  for (int32_t left = layer->inner; left > 0; left -= FOUR) {
    const arenite_four whole = arenite_four_plus(arenite_four_load_some_sums(sums, left), offset);
    arenite_four_store(arenite_four_rescaled(whole, layer->multiplier, layer->shift), &range, left, out);
    sums += FOUR;
    out += FOUR;
  }
}
