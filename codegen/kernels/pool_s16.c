#include "pool_s16.h"

typedef void row_function(const arenite_pool_s16_layer *layer, const int16_t *base, int32_t start, const int32_t *taps,
                          int32_t k0, int32_t k1, int16_t *out);

static inline int32_t max(int32_t a, int32_t b) { return a > b ? a : b; }

static inline int32_t min(int32_t a, int32_t b) { return a < b ? a : b; }

/* The columns of the input that an output column sees. */
static inline arenite_range columns_at(const arenite_pool_s16_layer *layer, int32_t column) {
  const int32_t origin = column * layer->stride_columns - layer->pad_left;
  const arenite_range result = {max(origin, 0), min(origin + layer->kernel_columns, layer->input_columns)};
  return result;
}

void arenite_average_pool_row_s16(const arenite_pool_s16_layer *layer, const int16_t *base, int32_t start,
                                  const int32_t *taps, int32_t k0, int32_t k1, int16_t *out) {
  const int32_t channels = layer->channels;
  out += layer->output_start;
  for (int32_t column = 0; column < layer->output_columns; ++column) {
    const arenite_range inside = columns_at(layer, column);
    const int32_t count = (k1 - k0) * (inside.last - inside.first);
    const int32_t half = count / 2;
    for (int32_t c = 0; c < channels; ++c) {
      int32_t sum = 0;
      for (int32_t k = k0; k < k1; ++k) {
        const int16_t *in = arenite_s16_at(base, start + taps[k]) + (inside.first * channels + c);
        for (int32_t i = inside.last - inside.first; i > 0; --i) {
          sum += *in;
          in += channels;
        }
      }
      /* To nearest, ties away from zero. */
      const int32_t mean = (sum > 0 ? sum + half : sum - half) / count;
      out[c] = (int16_t)arenite_clamp(mean, layer->activation_min, layer->activation_max);
    }
    out += layer->output_stride;
  }
}

void arenite_max_pool_row_s16(const arenite_pool_s16_layer *layer, const int16_t *base, int32_t start,
                              const int32_t *taps, int32_t k0, int32_t k1, int16_t *out) {
  const int32_t channels = layer->channels;
  out += layer->output_start;
  for (int32_t column = 0; column < layer->output_columns; ++column) {
    const arenite_range inside = columns_at(layer, column);
    for (int32_t c = 0; c < channels; ++c) {
      int32_t largest = layer->activation_min;
      for (int32_t k = k0; k < k1; ++k) {
        const int16_t *in = arenite_s16_at(base, start + taps[k]) + (inside.first * channels + c);
        for (int32_t i = inside.last - inside.first; i > 0; --i) {
          largest = max(largest, *in);
          in += channels;
        }
      }
      out[c] = (int16_t)min(largest, layer->activation_max);
    }
    out += layer->output_stride;
  }
}

static void for_each_row(row_function *row, const arenite_pool_s16_layer *layer, const int16_t *in,
                         const int32_t *taps, int16_t *out) {
  const int32_t in_row = layer->input_columns * layer->channels;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const int32_t origin = y * layer->stride_rows - layer->pad_top;
      const int32_t k0 = max(-origin, 0);
      const int32_t k1 = min(layer->kernel_rows, layer->input_rows - origin);
      row(layer, in, origin * in_row * (int32_t)sizeof(int16_t), taps, k0, k1, out);
      out += layer->output_columns * layer->output_stride;
    }
    in += layer->input_rows * in_row;
  }
}

void arenite_average_pool_s16(const arenite_pool_s16_layer *layer, const int16_t *in, const int32_t *taps,
                              int16_t *out) {
  for_each_row(arenite_average_pool_row_s16, layer, in, taps, out);
}

void arenite_max_pool_s16(const arenite_pool_s16_layer *layer, const int16_t *in, const int32_t *taps, int16_t *out) {
  for_each_row(arenite_max_pool_row_s16, layer, in, taps, out);
}
