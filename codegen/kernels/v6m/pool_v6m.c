#include "pool_v6m.h"
#include "arenite_pools_v6m.h"

typedef void row_function(const arenite_pool_v6m_layer *layer, const int8_t *base, int32_t start, const int32_t *taps,
                          int32_t k0, int32_t k1, int8_t *out);

static void averages(const arenite_part *part, int32_t words, const arenite_division *by, int8_t *out) {
  const arenite_division own = *by;
  int32_t c = 0;
  while (c < part->channels) {
    if (c >= words && c + 4 <= part->channels) {
      const arenite_byte_sums sums = arenite_sum_four(part, c);
      out[c] = arenite_average(&own, (int32_t)(sums.even & 0xffffu));
      out[c + 1] = arenite_average(&own, (int32_t)(sums.odd & 0xffffu));
      out[c + 2] = arenite_average(&own, (int32_t)(sums.even >> 16));
      out[c + 3] = arenite_average(&own, (int32_t)(sums.odd >> 16));
      c += 4;
    } else {
      int32_t sums[4];
      const int32_t end = c + arenite_sums_of_bytes(part, c, c < words ? words : part->channels, sums);
      for (const int32_t *sum = sums; c < end; ++c) {
        out[c] = arenite_average(&own, *sum++ + 128 * own.count);
      }
    }
  }
}

void arenite_average_pool_v6m_row_s8(const arenite_pool_v6m_layer *layer, const int8_t *base, int32_t start,
                                     const int32_t *taps, int32_t k0, int32_t k1, int8_t *out) {
  arenite_part part = {base + start, taps, k0, k1, 0, layer->channels};
  const int32_t words = arenite_first_word(&part);
  arenite_division by = {0};
  int32_t origin = -layer->pad_left;
  out += layer->output_start;
  for (int32_t column = layer->output_columns; column > 0; --column) {
    arenite_part_at(&part, base + start, origin, layer->kernel_columns, layer->input_columns);
    if (by.count != (k1 - k0) * part.columns) {
      by = arenite_division_by((k1 - k0) * part.columns);
    }
    averages(&part, words, &by, out);
    arenite_clamp_all(out, 1, layer->channels, layer->channels, layer->activation_min, layer->activation_max);
    origin += layer->stride_columns;
    out += layer->output_stride;
  }
}

void arenite_max_pool_v6m_row_s8(const arenite_pool_v6m_layer *layer, const int8_t *base, int32_t start,
                                 const int32_t *taps, int32_t k0, int32_t k1, int8_t *out) {
  arenite_part part = {base + start, taps, k0, k1, 0, layer->channels};
  int32_t origin = -layer->pad_left;
  out += layer->output_start;
  for (int32_t column = layer->output_columns; column > 0; --column) {
    arenite_part_at(&part, base + start, origin, layer->kernel_columns, layer->input_columns);
    arenite_max_of_part(&part, 0, out);
    arenite_clamp_all(out, 1, layer->channels, layer->channels, layer->activation_min, layer->activation_max);
    origin += layer->stride_columns;
    out += layer->output_stride;
  }
}

static void for_each_row(row_function *row, const arenite_pool_v6m_layer *layer, const int8_t *in,
                         const int32_t *taps, int8_t *out) {
  const int32_t row_bytes = layer->input_columns * layer->channels;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    int32_t origin = -layer->pad_top;
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const arenite_range inside = arenite_taps_inside(origin, 1, layer->kernel_rows, layer->input_rows);
      row(layer, in, origin * row_bytes, taps, inside.first, inside.last, out);
      origin += layer->stride_rows;
      out += layer->output_columns * layer->output_stride;
    }
    in += layer->input_rows * row_bytes;
  }
}

void arenite_average_pool_v6m_s8(const arenite_pool_v6m_layer *layer, const int8_t *in, const int32_t *taps,
                                 int8_t *out) {
  for_each_row(arenite_average_pool_v6m_row_s8, layer, in, taps, out);
}

void arenite_max_pool_v6m_s8(const arenite_pool_v6m_layer *layer, const int8_t *in, const int32_t *taps, int8_t *out) {
  for_each_row(arenite_max_pool_v6m_row_s8, layer, in, taps, out);
}
