#include "pool_v6m_rows.h"
#include "arenite_pools_v6m.h"

void arenite_average_pool_v6m_add_row_s8(const arenite_pool_v6m_layer *layer, const int8_t *in, int32_t columns,
                                         int32_t first, int32_t *sums) {
  const int32_t channels = layer->channels;
  int32_t origin = -layer->pad_left;
  for (int32_t column = 0; column < layer->output_columns; ++column) {
    const arenite_range inside = arenite_columns_at(origin, layer->kernel_columns, columns);
    arenite_add_pixels(in + inside.first * channels, inside.last - inside.first, channels, first, sums);
    origin += layer->stride_columns;
    sums += layer->channels;
  }
}

void arenite_average_pool_v6m_finish_row_s8(const arenite_pool_v6m_layer *layer, int32_t rows, const int32_t *sums,
                                            int8_t *out) {
  const int32_t channels = layer->channels;
  arenite_division by = {0};
  int32_t origin = -layer->pad_left;
  out += layer->output_start;
  for (int32_t column = 0; column < layer->output_columns; ++column) {
    const arenite_range inside = arenite_columns_at(origin, layer->kernel_columns, layer->input_columns);
    const int32_t count = rows * (inside.last - inside.first);
    if (by.count != count) {
      by = arenite_division_by(count);
    }
    for (int32_t c = 0; c < channels; ++c) {
      out[c] = arenite_average(&by, *sums++);
    }
    arenite_clamp_all(out, 1, channels, channels, layer->activation_min, layer->activation_max);
    origin += layer->stride_columns;
    out += layer->output_stride;
  }
}

void arenite_max_pool_v6m_add_row_s8(const arenite_pool_v6m_layer *layer, const int8_t *in, int32_t columns,
                                     int32_t first, int8_t *sums) {
  const int32_t tap = 0;
  arenite_part part = {in, &tap, 0, 1, 0, layer->channels};
  int32_t origin = -layer->pad_left;
  for (int32_t column = 0; column < layer->output_columns; ++column) {
    arenite_part_at(&part, in, origin, layer->kernel_columns, columns);
    arenite_max_of_part(&part, first ? 0 : 1, sums);
    origin += layer->stride_columns;
    sums += layer->channels;
  }
}

void arenite_max_pool_v6m_finish_row_s8(const arenite_pool_v6m_layer *layer, int32_t rows, const int8_t *sums,
                                        int8_t *out) {
  (void)rows;
  const int32_t channels = layer->channels;
  out += layer->output_start;
  for (int32_t column = 0; column < layer->output_columns; ++column) {
    for (int32_t c = 0; c < channels; ++c) {
      out[c] = sums[c];
    }
    arenite_clamp_all(out, 1, channels, channels, layer->activation_min, layer->activation_max);
    sums += channels;
    out += layer->output_stride;
  }
}
