#include "average_pool_up.h"

void arenite_average_pool_up_row_s8(const arenite_pool_layer *layer, const int8_t *base, int32_t start,
                                    const int32_t *taps, int32_t k0, int32_t k1, int8_t *out) {
  const int32_t channels = layer->channels;
  out += layer->output_start;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const int32_t column = x * layer->stride_columns - layer->pad_left;
    const arenite_range inside = arenite_taps_inside(column, 1, layer->kernel_columns, layer->input_columns);
    const int32_t columns = inside.last - inside.first;
    const int8_t *from = base + (start + (column + inside.first) * channels);
    for (int32_t c = 0; c < channels; ++c) {
      int32_t sum = 0;
      for (int32_t k = k0; k < k1; ++k) {
        const int8_t *in = from + taps[k];
        for (int32_t i = columns; i > 0; --i) {
          sum += *in;
          in += channels;
        }
      }
      out[c] = arenite_average_up(layer, sum, (k1 - k0) * columns);
      ++from;
    }
    out += layer->output_stride;
  }
}

void arenite_average_pool_up_s8(const arenite_pool_layer *layer, const int8_t *in, const int32_t *taps, int8_t *out) {
  const int32_t row_bytes = layer->input_columns * layer->channels;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const int32_t top = y * layer->stride_rows - layer->pad_top;
      const arenite_range k = arenite_taps_inside(top, 1, layer->kernel_rows, layer->input_rows);
      arenite_average_pool_up_row_s8(layer, in, top * row_bytes, taps, k.first, k.last, out);
      out += layer->output_columns * layer->output_stride;
    }
    in += layer->input_rows * row_bytes;
  }
}
