#include "depthwise_conv2d.h"

/* What the channels of one output pixel have in common: the rows and columns of its window that lie in the input. The
 * first of these columns in row k is at base + (start + taps[k]); weights of one column and the next are `weight_step`
 * apart. */
typedef struct {
  const int8_t *base;
  const int32_t *taps;
  int32_t start;
  arenite_range rows;
  arenite_range columns;
  int32_t column_step;
  int32_t weight_step;
} window;

/* Sums of one channel, or of four. */
typedef struct {
  int32_t first;
  int32_t second;
  int32_t third;
  int32_t fourth;
} sums;

/* sums + the products of `columns` inputs, `column_step` apart, and weights. The inputs of further channels are `step`
 * apart; a window of zero points has both steps 0. */
ARENITE_INLINE sums row_dot(sums acc, const int8_t *in, int32_t column_step, int32_t step, const int8_t *weights,
                            int32_t weight_step, int32_t columns, int32_t count) {
  for (; columns > 0; --columns) {
    acc.first = arenite_mac(acc.first, in[0], weights[0]);
    if (count == 4) {
      acc.second = arenite_mac(acc.second, in[step], weights[1]);
      acc.third = arenite_mac(acc.third, in[2 * step], weights[2]);
      acc.fourth = arenite_mac(acc.fourth, in[3 * step], weights[3]);
    }
    in += column_step;
    weights += weight_step;
  }
  return acc;
}

static inline int8_t output(const arenite_depthwise_conv2d_layer *layer, int32_t acc, const arenite_channel *channel) {
  const int32_t scaled = arenite_requantise(acc, channel);
  return arenite_store(scaled, layer->output_zero_point, layer->activation_min, layer->activation_max);
}

/* One or four output channels of one pixel; their inputs are `step` apart, the first is at `input`. */
ARENITE_INLINE void outputs_of(const arenite_depthwise_conv2d_layer *layer, const window *w, int32_t input,
                               int32_t step, const int8_t *weights, const arenite_channel *channels, int32_t count,
                               int8_t *out) {
  const int8_t zero_point = (int8_t)layer->input_zero_point;
  const int32_t columns = layer->kernel_columns;
  const int32_t weight_step = w->weight_step;
  sums acc = {channels[0].bias, 0, 0, 0};
  if (count == 4) {
    acc.second = channels[1].bias;
    acc.third = channels[2].bias;
    acc.fourth = channels[3].bias;
  }
  for (int32_t k = 0; k < layer->kernel_rows; ++k) {
    const int inside = k >= w->rows.first && k < w->rows.last;
    const int32_t first = inside ? w->columns.first : columns;
    const int32_t last = inside ? w->columns.last : columns;
    acc = row_dot(acc, &zero_point, 0, 0, weights, weight_step, first, count);
    weights += first * weight_step;
    if (inside) {
      const int8_t *in = w->base + (w->start + w->taps[k] + input);
      acc = row_dot(acc, in, w->column_step, step, weights, weight_step, last - first, count);
      weights += (last - first) * weight_step;
    }
    acc = row_dot(acc, &zero_point, 0, 0, weights, weight_step, columns - last, count);
    weights += (columns - last) * weight_step;
  }
  out[0] = output(layer, acc.first, &channels[0]);
  if (count == 4) {
    out[1] = output(layer, acc.second, &channels[1]);
    out[2] = output(layer, acc.third, &channels[2]);
    out[3] = output(layer, acc.fourth, &channels[3]);
  }
}

ARENITE_NOINLINE void four_outputs(const arenite_depthwise_conv2d_layer *layer, const window *w, int32_t input,
                                   int32_t step, const int8_t *weights, const arenite_channel *channels, int8_t *out) {
  outputs_of(layer, w, input, step, weights, channels, 4, out);
}

ARENITE_NOINLINE void one_output(const arenite_depthwise_conv2d_layer *layer, const window *w, int32_t input,
                                 const int8_t *weights, const arenite_channel *channels, int8_t *out) {
  outputs_of(layer, w, input, 0, weights, channels, 1, out);
}

/* Four output channels whose window is one column that lies in the input, each of an input channel of its own. */
ARENITE_NOINLINE void four_of_column(const arenite_depthwise_conv2d_layer *layer, const window *w, int32_t input,
                                     int32_t step, const int8_t *weights, const arenite_channel *channels,
                                     int8_t *out) {
  const int8_t zero_point = (int8_t)layer->input_zero_point;
  const int32_t weight_step = w->weight_step;
  const int32_t below = layer->kernel_rows - w->rows.last;
  const int8_t *in = w->base + (w->start + input);
  const int32_t *tap = w->taps + w->rows.first;
  const int32_t *end = w->taps + w->rows.last;
  sums acc = {channels[0].bias, channels[1].bias, channels[2].bias, channels[3].bias};
  (void)step;
  acc = row_dot(acc, &zero_point, 0, 0, weights, weight_step, w->rows.first, 4);
  weights += w->rows.first * weight_step;
  while (tap != end) {
    const int8_t *row = in + *tap++;
    acc = row_dot(acc, row, 0, 1, weights, 0, 1, 4);
    weights += weight_step;
  }
  acc = row_dot(acc, &zero_point, 0, 0, weights, weight_step, below, 4);
  out[0] = output(layer, acc.first, &channels[0]);
  out[1] = output(layer, acc.second, &channels[1]);
  out[2] = output(layer, acc.third, &channels[2]);
  out[3] = output(layer, acc.fourth, &channels[3]);
}

typedef void four_function(const arenite_depthwise_conv2d_layer *layer, const window *w, int32_t input, int32_t step,
                           const int8_t *weights, const arenite_channel *channels, int8_t *out);

void arenite_depthwise_conv2d_row_s8(const arenite_depthwise_conv2d_layer *layer, const int8_t *base, int32_t start,
                                     const int32_t *taps, int32_t k0, int32_t k1, const int8_t *weights,
                                     const arenite_channel *channels, int8_t *out) {
  const int32_t multiplier = layer->depth_multiplier;
  const int32_t inputs = layer->input_channels;
  const int32_t outputs = inputs * multiplier;
  window w = {base, taps, 0, {k0, k1}, {0, 0}, layer->dilation_columns * inputs, outputs};
  out += layer->output_start;
  const int column_only = multiplier * layer->kernel_columns == 1 && layer->pad_left == 0;
  four_function *const four = column_only ? four_of_column : four_outputs;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const int32_t column = x * layer->stride_columns - layer->pad_left;
    w.columns = arenite_taps_inside(column, layer->dilation_columns, layer->kernel_columns, layer->input_columns);
    w.start = start + (column + w.columns.first * layer->dilation_columns) * inputs;
    for (int32_t c = 0; c < outputs;) {
      const int32_t input = multiplier == 1 ? c : c / multiplier;
      const int together = multiplier == 1 || c + 4 <= (input + 1) * multiplier;
      if (c + 4 <= outputs && together) {
        four(layer, &w, input, multiplier == 1, weights + c, channels + c, out + c);
        c += 4;
      } else {
        one_output(layer, &w, input, weights + c, channels + c, out + c);
        ++c;
      }
    }
    out += layer->output_stride;
  }
}

void arenite_depthwise_conv2d_s8(const arenite_depthwise_conv2d_layer *layer, const int8_t *in, const int32_t *taps,
                                 const int8_t *weights, const arenite_channel *channels, int8_t *out) {
  const int32_t in_row = layer->input_columns * layer->input_channels;
  const int32_t out_row = layer->output_columns * layer->output_stride;
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
