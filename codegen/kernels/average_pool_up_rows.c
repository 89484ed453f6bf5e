#include "average_pool_up_rows.h"

/* The columns of the input that an output column sees. */
static inline arenite_range columns_at(const arenite_pool_layer *layer, int32_t x, int32_t input_columns) {
  const int32_t column = x * layer->stride_columns - layer->pad_left;
  const arenite_range taps = arenite_taps_inside(column, 1, layer->kernel_columns, input_columns);
  const arenite_range result = {column + taps.first, column + taps.last};
  return result;
}

void arenite_average_pool_up_add_row_s8(const arenite_pool_layer *layer, const int8_t *in, int32_t columns,
                                        int32_t first, int32_t *sums) {
  const int32_t channels = layer->channels;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const arenite_range inside = columns_at(layer, x, columns);
    for (int32_t c = 0; c < channels; ++c) {
      int32_t sum = first ? 0 : *sums;
      for (int32_t i = inside.first; i < inside.last; ++i) {
        sum += in[i * channels + c];
      }
      *sums++ = sum;
    }
  }
}

void arenite_average_pool_up_finish_row_s8(const arenite_pool_layer *layer, int32_t rows, const int32_t *sums,
                                           int8_t *out) {
  out += layer->output_start;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const arenite_range inside = columns_at(layer, x, layer->input_columns);
    for (int32_t c = layer->channels; c > 0; --c) {
      *out++ = arenite_average_up(layer, *sums++, rows * (inside.last - inside.first));
    }
    out += layer->output_stride - layer->channels;
  }
}
