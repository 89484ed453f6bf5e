#include "pool_mve.h"

#define FOUR 4

typedef void row_function(const arenite_pool_mve_layer *layer, const int8_t *base, int32_t start, const int32_t *taps,
                          int32_t k0, int32_t k1, int8_t *out);

static inline int32_t max(int32_t a, int32_t b) { return a > b ? a : b; }

static inline int32_t min(int32_t a, int32_t b) { return a < b ? a : b; }

/* The columns of the input that an output column sees. */
static inline arenite_range columns_at(const arenite_pool_mve_layer *layer, int32_t column) {
  const int32_t origin = column * layer->stride_columns - layer->pad_left;
  const arenite_range result = {max(origin, 0), min(origin + layer->kernel_columns, layer->input_columns)};
  return result;
}

void arenite_average_pool_mve_row_s8(const arenite_pool_mve_layer *layer, const int8_t *base, int32_t start,
                                     const int32_t *taps, int32_t k0, int32_t k1, int8_t *out) {
  const arenite_output_range range = {arenite_four_of(0), arenite_four_of(layer->activation_min),
                                      arenite_four_of(layer->activation_max)};
  const int32_t channels = layer->channels;
  out += layer->output_start;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const arenite_range inside = columns_at(layer, x);
    const int32_t columns = inside.last - inside.first;
    const int32_t count = (k1 - k0) * columns;
    const int8_t *from = base + (start + inside.first * channels);
    int8_t *to = out;
    for (int32_t left = channels; left > 0; left -= FOUR) {
      arenite_four sums = arenite_four_of(0);
      for (int32_t k = k0; k < k1; ++k) {
        const int8_t *in = from + taps[k];
        for (int32_t i = columns; i > 0; --i) {
          sums = arenite_four_plus(sums, left >= FOUR ? arenite_four_load(in) : arenite_four_load_some(in, left));
          in += channels;
        }
      }
      arenite_four_store(arenite_four_average(sums, count), &range, left, to);
      from += FOUR;
      to += FOUR;
    }
    out += layer->output_stride;
  }
}

void arenite_max_pool_mve_row_s8(const arenite_pool_mve_layer *layer, const int8_t *base, int32_t start,
                                 const int32_t *taps, int32_t k0, int32_t k1, int8_t *out) {
  const arenite_bytes lowest = arenite_bytes_of(layer->activation_min);
  const arenite_bytes highest = arenite_bytes_of(layer->activation_max);
  const int32_t channels = layer->channels;
  out += layer->output_start;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const arenite_range inside = columns_at(layer, x);
    const int32_t columns = inside.last - inside.first;
    const int8_t *from = base + (start + inside.first * channels);
    int8_t *to = out;
    for (int32_t left = channels; left > 0; left -= ARENITE_CHUNK) {
      arenite_bytes largest = lowest;
      for (int32_t k = k0; k < k1; ++k) {
        const int8_t *in = from + taps[k];
        for (int32_t i = columns; i > 0; --i) {
          largest = arenite_bytes_max(
              largest, left >= ARENITE_CHUNK ? arenite_bytes_load(in) : arenite_bytes_load_some(in, left));
          in += channels;
        }
      }
      arenite_bytes_store_some(to, arenite_bytes_min(largest, highest), left);
      from += ARENITE_CHUNK;
      to += ARENITE_CHUNK;
    }
    out += layer->output_stride;
  }
}

static void for_each_row(row_function *row, const arenite_pool_mve_layer *layer, const int8_t *in, const int32_t *taps,
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

void arenite_average_pool_mve_s8(const arenite_pool_mve_layer *layer, const int8_t *in, const int32_t *taps,
                                 int8_t *out) {
  for_each_row(arenite_average_pool_mve_row_s8, layer, in, taps, out);
}

void arenite_max_pool_mve_s8(const arenite_pool_mve_layer *layer, const int8_t *in, const int32_t *taps, int8_t *out) {
  for_each_row(arenite_max_pool_mve_row_s8, layer, in, taps, out);
}
