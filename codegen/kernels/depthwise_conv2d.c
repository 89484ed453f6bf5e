#include "depthwise_conv2d.h"

/* What the pixels of one output channel have in common in a 3x3 convolution: the three input rows at this channel, from
 * the column of the first window, and the elements from one window and one column to the next. */
typedef struct {
  const int8_t *rows[3];
  const int8_t *weights;
  arenite_channel channel;
  int32_t column_step;
  int32_t window_step;
  int32_t input_zero_point;
  int32_t output_zero_point;
} plane;

static inline int8_t output(int32_t acc, const arenite_channel *channel, int32_t zero_point) {
  return arenite_store(arenite_requantise(acc, channel), zero_point, INT8_MIN, INT8_MAX);
}

/* acc + the products of the weights of one row in columns j0 <= j < j1 and the inputs from `in` on. */
ARENITE_INLINE int32_t row_dot(int32_t acc, const int8_t *in, int32_t step, const int8_t *weights, int32_t j0,
                               int32_t j1) {
  if (j0 == 0) {
    acc = arenite_mac(acc, *in, weights[0]);
    in += step;
  }
  acc = arenite_mac(acc, in[0], weights[1]);
  if (j1 == 3) {
    acc = arenite_mac(acc, in[step], weights[2]);
  }
  return acc;
}

/* The output of a window whose columns j0 <= j < j1 lie in the input, from element `at` of the rows on. */
ARENITE_INLINE int8_t one(const plane *p, int32_t at, int32_t j0, int32_t j1) {
  const int8_t *w = p->weights;
  int32_t acc = p->channel.bias;
  if (j0 > 0) {
    acc = arenite_mac(acc, p->input_zero_point, w[0] + w[3] + w[6]);
  }
  if (j1 < 3) {
    acc = arenite_mac(acc, p->input_zero_point, w[2] + w[5] + w[8]);
  }
  acc = row_dot(acc, p->rows[0] + at, p->column_step, w, j0, j1);
  acc = row_dot(acc, p->rows[1] + at, p->column_step, w + 3, j0, j1);
  acc = row_dot(acc, p->rows[2] + at, p->column_step, w + 6, j0, j1);
  return output(acc, &p->channel, p->output_zero_point);
}

ARENITE_INLINE void two(const plane *p, int32_t at, int32_t outputs, int8_t *out) {
  int32_t acc0 = p->channel.bias;
  int32_t acc1 = p->channel.bias;
#define ROW(k)                                                                                            \
  acc0 = row_dot(acc0, p->rows[k] + at, p->column_step, p->weights + 3 * (k), 0, 3);                      \
  acc1 = row_dot(acc1, p->rows[k] + at + p->window_step, p->column_step, p->weights + 3 * (k), 0, 3);     \
  arenite_barrier(acc0, acc1)
  ROW(0);
  ROW(1);
  ROW(2);
  out[0] = output(acc0, &p->channel, p->output_zero_point);
  out[outputs] = output(acc1, &p->channel, p->output_zero_point);
}

/* One channel of one output row of a 3x3 convolution with at most one column of padding on each side. */
ARENITE_NOINLINE void plane_row(const arenite_depthwise_conv2d_layer *layer, const plane *p, int8_t *out) {
  const int32_t outputs = layer->input_channels * layer->depth_multiplier;
  const int32_t end = (layer->input_columns - 2) * p->column_step;
  int8_t *const out_end = out + layer->output_columns * outputs;
  int32_t at = -layer->pad_left * p->column_step;
  if (at < 0) {
    *out = one(p, 0, 1, 3);
    out += outputs;
    at += p->window_step;
  }
  for (; at + p->window_step < end; at += 2 * p->window_step) {
    two(p, at, outputs, out);
    out += 2 * outputs;
  }
  if (at < end) {
    *out = one(p, at, 0, 3);
    out += outputs;
    at += p->window_step;
  }
  if (out < out_end) {
    *out = one(p, at, 0, 2);
  }
}

/* Every 3x3 window has its own path; `columns` is what of a row of windows lies in the input. */
static void row_of_3x3(const arenite_depthwise_conv2d_layer *layer, const int8_t *in, const int32_t *taps, int32_t k0,
                       int32_t k1, const int8_t *weights, const arenite_channel *channels, int8_t *out) {
  plane p = {0};
  int8_t inside[9];
  p.column_step = layer->input_channels;
  p.window_step = layer->stride_columns * layer->input_channels;
  p.input_zero_point = layer->input_zero_point;
  p.output_zero_point = layer->output_zero_point;
  for (int32_t k = 0; k < 3; ++k) {
    p.rows[k] = in + (k >= k0 && k < k1 ? taps[k] : taps[k0]);
  }
  for (int32_t c = 0; c < layer->input_channels; ++c) {
    for (int32_t m = 0; m < layer->depth_multiplier; ++m) {
      p.channel = *channels++;
      p.weights = weights;
      if (k1 - k0 < 3) {
        for (int32_t i = 0; i < 9; ++i) {
          const int valid = i >= 3 * k0 && i < 3 * k1;
          inside[i] = valid ? weights[i] : 0;
          p.channel.bias = arenite_mac(p.channel.bias, p.input_zero_point, valid ? 0 : weights[i]);
        }
        p.weights = inside;
      }
      plane_row(layer, &p, out++);
      weights += 9;
    }
    ++p.rows[0];
    ++p.rows[1];
    ++p.rows[2];
  }
}

static void clamp_row(int8_t *out, int32_t count, int32_t low, int32_t high) {
  for (int32_t i = 0; i < count; ++i) {
    out[i] = (int8_t)arenite_clamp(out[i], low, high);
  }
}

/* One output row of any convolution. */
static void row_of_any(const arenite_depthwise_conv2d_layer *layer, const int8_t *in, const int32_t *taps, int32_t k0,
                       int32_t k1, const int8_t *weights, const arenite_channel *channels, int8_t *out) {
  const int32_t inputs = layer->input_channels;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const int32_t column = x * layer->stride_columns - layer->pad_left;
    const arenite_range j =
        arenite_taps_inside(column, layer->dilation_columns, layer->kernel_columns, layer->input_columns);
    const int8_t *w = weights;
    const arenite_channel *channel = channels;
    for (int32_t c = 0; c < inputs; ++c) {
      for (int32_t m = 0; m < layer->depth_multiplier; ++m) {
        int32_t acc = channel->bias;
        for (int32_t k = 0; k < layer->kernel_rows; ++k) {
          const arenite_range none = {0, 0};
          const arenite_range inside = k >= k0 && k < k1 ? j : none;
          const int8_t *from = in + c;
          if (inside.first < inside.last) {
            from += taps[k] + (column + inside.first * layer->dilation_columns) * inputs;
          }
          for (int32_t i = 0; i < inside.first; ++i) {
            acc = arenite_mac(acc, layer->input_zero_point, w[i]);
          }
          for (int32_t i = inside.first; i < inside.last; ++i) {
            acc = arenite_mac(acc, *from, w[i]);
            from += layer->dilation_columns * inputs;
          }
          for (int32_t i = inside.last; i < layer->kernel_columns; ++i) {
            acc = arenite_mac(acc, layer->input_zero_point, w[i]);
          }
          w += layer->kernel_columns;
        }
        *out++ = output(acc, channel++, layer->output_zero_point);
      }
    }
  }
}

void arenite_depthwise_conv2d_row_s8(const arenite_depthwise_conv2d_layer *layer, const int8_t *base, int32_t start,
                                     const int32_t *taps, int32_t k0, int32_t k1, const int8_t *weights,
                                     const arenite_channel *channels, int8_t *out) {
  const int32_t last = (layer->output_columns - 1) * layer->stride_columns - layer->pad_left + 3;
  if (layer->kernel_rows == 3 && layer->kernel_columns == 3 && layer->dilation_columns == 1 && k0 < k1 &&
      layer->input_columns >= 2 && layer->pad_left <= 1 && last <= layer->input_columns + 1 && 
      (layer->output_columns > 1 || layer->input_columns >= 3)) {
    row_of_3x3(layer, base + start, taps, k0, k1, weights, channels, out);
  } else {
    row_of_any(layer, base + start, taps, k0, k1, weights, channels, out);
  }
  if (layer->activation_min > INT8_MIN || layer->activation_max < INT8_MAX) {
    clamp_row(out, layer->output_columns * layer->input_channels * layer->depth_multiplier, layer->activation_min,
              layer->activation_max);
  }
}

void arenite_depthwise_conv2d_s8(const arenite_depthwise_conv2d_layer *layer, const int8_t *in, const int32_t *taps,
                                 const int8_t *weights, const arenite_channel *channels, int8_t *out) {
  const int32_t in_row = layer->input_columns * layer->input_channels;
  const int32_t out_row = layer->output_columns * layer->input_channels * layer->depth_multiplier;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const int32_t top = y * layer->stride_rows - layer->pad_top;
      const arenite_range k = arenite_taps_inside(top, layer->dilation_rows, layer->kernel_rows, layer->input_rows);
      arenite_depthwise_conv2d_row_s8(layer, in, top * in_row, taps, k.first, k.last, weights, channels, out);
      out += out_row;
    }
    in += layer->input_rows * in_row;
  }
}
