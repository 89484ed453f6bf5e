#include "average_pool_v6m_once.h"
#include "arenite_average_ties.h"
#include "arenite_means_v6m.h"
#include "arenite_pools_v6m.h"

static int8_t average(const arenite_average_pool_once_layer *layer, const arenite_mean_terms *terms,
                      const arenite_average_window *window, int32_t c, int32_t sum) {
  const int32_t result = arenite_first_product(terms, sum + terms->offset) + terms->half;
  if (arenite_next_to_tie(terms, result)) {
    return arenite_saturate(arenite_average_near_tie(layer, window, c), layer->output_zero_point);
  }
  return arenite_int8_of(result >> terms->shift);
}

void arenite_average_pool_v6m_once_row_s8(const arenite_average_pool_once_layer *layer, const int8_t *base,
                                          int32_t start, const int32_t *taps, int32_t k0, int32_t k1,
                                          const int32_t *scales, int8_t *out) {
  const int32_t channels = layer->channels;
  const int32_t *row_scales = scales + 2 * (k1 - k0 - 1) * layer->scale_row_step;
  arenite_part part = {base + start, taps, k0, k1, 0, channels};
  const int32_t words = arenite_first_word(&part);
  int32_t origin = -layer->pad_left;
  out += layer->output_start;
  for (int32_t column = layer->output_columns; column > 0; --column) {
    arenite_part_at(&part, base + start, origin, layer->kernel_columns, layer->input_columns);
    const arenite_average_window window = {part.in, taps, 0, k0, k1, part.columns};
    const int32_t *scale = row_scales + 2 * (part.columns - 1) * layer->scale_column_step;
    const int32_t offset = -(k1 - k0) * part.columns * layer->input_zero_point;
    const arenite_mean_terms terms = arenite_terms_as_float(offset, scale[0], scale[1], layer->output_zero_point);
    int32_t c = 0;
    while (c < channels) {
      int32_t sums[4];
      const int32_t end = c + arenite_sums(&part, c, words, sums);
      for (const int32_t *sum = sums; c < end; ++c) {
        out[c] = average(layer, &terms, &window, c, *sum++);
      }
    }
    arenite_clamp_all(out, 1, channels, channels, layer->activation_min, layer->activation_max);
    origin += layer->stride_columns;
    out += layer->output_stride;
  }
}

void arenite_average_pool_v6m_once_s8(const arenite_average_pool_once_layer *layer, const int8_t *in,
                                      const int32_t *taps, const int32_t *scales, int8_t *out) {
  const int32_t row_bytes = layer->input_columns * layer->channels;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    int32_t origin = -layer->pad_top;
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const arenite_range inside = arenite_taps_inside(origin, 1, layer->kernel_rows, layer->input_rows);
      arenite_average_pool_v6m_once_row_s8(layer, in, origin * row_bytes, taps, inside.first, inside.last, scales,
                                           out);
      origin += layer->stride_rows;
      out += layer->output_columns * layer->output_stride;
    }
    in += layer->input_rows * row_bytes;
  }
}
