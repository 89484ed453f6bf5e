#include "pool_dsp.h"
#include "arenite_averages_dsp.h"

#define EIGHT 8

typedef void row_function(const arenite_pool_dsp_layer *layer, const int8_t *base, int32_t start, const int32_t *taps,
                          int32_t k0, int32_t k1, int8_t *out);

static inline int32_t max(int32_t a, int32_t b) { return a > b ? a : b; }

static inline int32_t min(int32_t a, int32_t b) { return a < b ? a : b; }

/* The columns of the input that an output column sees. */
static inline arenite_range columns_at(const arenite_pool_dsp_layer *layer, int32_t column) {
  const int32_t origin = column * layer->stride_columns - layer->pad_left;
  const arenite_range result = {max(origin, 0), min(origin + layer->kernel_columns, layer->input_columns)};
  return result;
}

void arenite_average_pool_dsp_row_s8(const arenite_pool_dsp_layer *layer, const int8_t *base, int32_t start,
                                     const int32_t *taps, int32_t k0, int32_t k1, int8_t *out) {
  arenite_averages by = {0, arenite_int8x4_of(layer->activation_min), arenite_int8x4_of(layer->activation_max)};
  const int32_t channels = layer->channels;
  out += layer->output_start;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const arenite_range inside = columns_at(layer, x);
    const int32_t columns = inside.last - inside.first;
    by.reciprocal = arenite_average_reciprocal((k1 - k0) * columns);
    /* The last eight channels overlap with those before them, if need be. */
    for (int32_t done = 0; done < channels; done += EIGHT) {
      const int32_t c = min(done, channels - EIGHT);
      const int32_t first = start + inside.first * channels + c;
      arenite_int8x8_sums sums = arenite_int8x8_sums_zero();
      for (int32_t k = k0; k < k1; ++k) {
        const int8_t *in = base + (first + taps[k]);
        int32_t i = columns;
        do {
          sums = arenite_int8x8_plus(sums, in);
          in += channels;
        } while (--i > 0);
      }
      arenite_int8x8_store(out + c, arenite_int8x8_averages(&by, sums));
    }
    out += layer->output_stride;
  }
}

void arenite_max_pool_dsp_row_s8(const arenite_pool_dsp_layer *layer, const int8_t *base, int32_t start,
                                 const int32_t *taps, int32_t k0, int32_t k1, int8_t *out) {
  const uint32_t lowest = arenite_int8x4_of(layer->activation_min);
  const uint32_t highest = arenite_int8x4_of(layer->activation_max);
  const int32_t channels = layer->channels;
  out += layer->output_start;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const arenite_range inside = columns_at(layer, x);
    for (int32_t done = 0; done < channels; done += EIGHT) {
      const int32_t c = min(done, channels - EIGHT);
      const int32_t first = start + inside.first * channels + c;
      arenite_int8x8 largest = {lowest, lowest};
      for (int32_t k = k0; k < k1; ++k) {
        const int8_t *in = base + (first + taps[k]);
        int32_t i = inside.last - inside.first;
        do {
          largest = arenite_int8x8_max(largest, in);
          in += channels;
        } while (--i > 0);
      }
      arenite_store_four(out + c, arenite_int8x4_min(largest.first, highest));
      arenite_store_four(out + c + 4, arenite_int8x4_min(largest.second, highest));
    }
    out += layer->output_stride;
  }
}

static void for_each_row(row_function *row, const arenite_pool_dsp_layer *layer, const int8_t *in, const int32_t *taps,
                         int8_t *out) {
  const int32_t row_bytes = layer->input_columns * layer->channels;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const int32_t origin = y * layer->stride_rows - layer->pad_top;
      const int32_t k0 = max(-origin, 0);
      const int32_t k1 = min(layer->kernel_rows, layer->input_rows - origin);
      row(layer, in, origin * row_bytes, taps, k0, k1, out);
      out += layer->output_columns * layer->output_stride;
    }
    in += layer->input_rows * row_bytes;
  }
}

void arenite_average_pool_dsp_s8(const arenite_pool_dsp_layer *layer, const int8_t *in, const int32_t *taps,
                                 int8_t *out) {
  for_each_row(arenite_average_pool_dsp_row_s8, layer, in, taps, out);
}

void arenite_max_pool_dsp_s8(const arenite_pool_dsp_layer *layer, const int8_t *in, const int32_t *taps, int8_t *out) {
  for_each_row(arenite_max_pool_dsp_row_s8, layer, in, taps, out);
}
