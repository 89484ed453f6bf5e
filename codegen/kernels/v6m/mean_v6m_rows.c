#include "mean_v6m_rows.h"
#include "arenite_means_v6m.h"
#include "arenite_pools_v6m.h"

void arenite_mean_v6m_add_row_s8(const arenite_mean_v6m_layer *layer, const int8_t *in, int32_t columns, int32_t first,
                                 int32_t *sums) {
  arenite_add_pixels(in, columns, layer->inner, first, sums);
}

void arenite_mean_v6m_finish_row_s8(const arenite_mean_v6m_layer *layer, int32_t rows, const int32_t *sums,
                                    int8_t *out) {
  (void)rows;
  /* Of sums of elements plus 128. */
  const int32_t offset = layer->offset - 128 * layer->reduced;
  const arenite_mean_terms terms =
      arenite_terms_twice(offset, layer->multiplier, layer->shift, layer->output_zero_point);
  for (int32_t i = layer->inner; i > 0; --i) {
    *out++ = arenite_mean_twice(&terms, *sums++, layer->multiplier, layer->shift);
  }
}
