#include "pool.h"

/* The part of one window that lies inside the input, at one output column. */
typedef struct {
  const int8_t *base;
  const int32_t *taps;
  int32_t k0;
  int32_t k1;
  int32_t start;
  int32_t columns;
  int32_t channels;
} window;

typedef void row_function(const arenite_pool_layer *layer, const int8_t *base, int32_t start, const int32_t *taps,
                          int32_t k0, int32_t k1, int8_t *out);

static inline int32_t max(int32_t a, int32_t b) { return a > b ? a : b; }

static inline int32_t min(int32_t a, int32_t b) { return a < b ? a : b; }

static window window_at(const arenite_pool_layer *layer, int32_t column, int32_t start) {
  const int32_t origin = column * layer->stride_columns - layer->pad_left;
  const int32_t first = max(origin, 0);
  window result = {0};
  result.start = start + first * layer->channels;
  result.columns = min(origin + layer->kernel_columns, layer->input_columns) - first;
  result.channels = layer->channels;
  return result;
}

/* sum / count, to nearest, ties away from zero. */
static inline int8_t average(const arenite_pool_layer *layer, int32_t sum, int32_t count) {
  const int32_t half = count / 2;
  const int32_t mean = (sum > 0 ? sum + half : sum - half) / count;
  return (int8_t)arenite_clamp(mean, layer->activation_min, layer->activation_max);
}

void arenite_average_pool_row_s8(const arenite_pool_layer *layer, const int8_t *base, int32_t start,
                                 const int32_t *taps, int32_t k0, int32_t k1, int8_t *out) {
  const int32_t channels = layer->channels;
  const int32_t gap = layer->output_stride - channels;
  out += layer->output_start;
  for (int32_t column = 0; column < layer->output_columns; ++column) {
    const window w = window_at(layer, column, start);
    const int32_t count = (k1 - k0) * w.columns;
    int32_t c = 0;
    /* Four channels at a time: the loop over the window is paid once for them. */
    for (; c + 4 <= channels; c += 4) {
      int32_t sum0 = 0;
      int32_t sum1 = 0;
      int32_t sum2 = 0;
      int32_t sum3 = 0;
      for (int32_t k = k0; k < k1; ++k) {
        const int8_t *in = base + (w.start + taps[k] + c);
        for (int32_t i = w.columns; i > 0; --i) {
          sum0 += in[0];
          sum1 += in[1];
          sum2 += in[2];
          sum3 += in[3];
          in += channels;
        }
      }
      out[0] = average(layer, sum0, count);
      out[1] = average(layer, sum1, count);
      out[2] = average(layer, sum2, count);
      out[3] = average(layer, sum3, count);
      out += 4;
    }
    for (; c < channels; ++c) {
      int32_t sum = 0;
      for (int32_t k = k0; k < k1; ++k) {
        const int8_t *in = base + (w.start + taps[k] + c);
        for (int32_t i = w.columns; i > 0; --i) {
          sum += *in;
          in += channels;
        }
      }
      *out++ = average(layer, sum, count);
    }
    out += gap;
  }
}

void arenite_max_pool_row_s8(const arenite_pool_layer *layer, const int8_t *base, int32_t start, const int32_t *taps,
                             int32_t k0, int32_t k1, int8_t *out) {
  const int32_t channels = layer->channels;
  const int32_t lowest = layer->activation_min;
  const int32_t highest = layer->activation_max;
  const int32_t gap = layer->output_stride - channels;
  out += layer->output_start;
  for (int32_t column = 0; column < layer->output_columns; ++column) {
    const window w = window_at(layer, column, start);
    int32_t c = 0;
    for (; c + 4 <= channels; c += 4) {
      int32_t max0 = lowest;
      int32_t max1 = lowest;
      int32_t max2 = lowest;
      int32_t max3 = lowest;
      for (int32_t k = k0; k < k1; ++k) {
        const int8_t *in = base + (w.start + taps[k] + c);
        for (int32_t i = w.columns; i > 0; --i) {
          max0 = max(max0, in[0]);
          max1 = max(max1, in[1]);
          max2 = max(max2, in[2]);
          max3 = max(max3, in[3]);
          in += channels;
        }
      }
      out[0] = (int8_t)min(max0, highest);
      out[1] = (int8_t)min(max1, highest);
      out[2] = (int8_t)min(max2, highest);
      out[3] = (int8_t)min(max3, highest);
      out += 4;
    }
    for (; c < channels; ++c) {
      int32_t largest = lowest;
      for (int32_t k = k0; k < k1; ++k) {
        const int8_t *in = base + (w.start + taps[k] + c);
        for (int32_t i = w.columns; i > 0; --i) {
          largest = max(largest, *in);
          in += channels;
        }
      }
      *out++ = (int8_t)min(largest, highest);
    }
    out += gap;
  }
}

static void for_each_row(row_function *row, const arenite_pool_layer *layer, const int8_t *in, const int32_t *taps,
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

void arenite_average_pool_s8(const arenite_pool_layer *layer, const int8_t *in, const int32_t *taps, int8_t *out) {
  for_each_row(arenite_average_pool_row_s8, layer, in, taps, out);
}

void arenite_max_pool_s8(const arenite_pool_layer *layer, const int8_t *in, const int32_t *taps, int8_t *out) {
  for_each_row(arenite_max_pool_row_s8, layer, in, taps, out);
}
