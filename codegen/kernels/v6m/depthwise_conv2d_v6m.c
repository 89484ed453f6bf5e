#include "depthwise_conv2d_v6m.h"

/* The input rows of a window that do not lie in the padding, k0 <= k < k1. Element 0 of row k is at
 * base + (start + taps[k]). */
typedef struct {
  const int8_t *base;
  const int32_t *taps;
  int32_t start;
  int32_t k0;
  int32_t k1;
} rows;

/* Neighbouring output pixels, and the input columns that their windows reach: `columns` from `column` on, of which
 * `first` to `last` lie in the input. */
typedef struct {
  int32_t pixels;
  int32_t column;
  int32_t columns;
  int32_t first;
  int32_t last;
} segment;

static inline int32_t min(int32_t a, int32_t b) { return a < b ? a : b; }

static inline int32_t max(int32_t a, int32_t b) { return a > b ? a : b; }

static inline const int8_t *row_at(const rows *r, int32_t k, int32_t offset) {
  return r->base + (r->start + r->taps[k] + offset);
}

/* Words from `count` elements that are `distance` apart; the words are `step` apart. */
ARENITE_NOINLINE void spread_row(const int8_t *in, int32_t distance, int32_t count, int32_t step, int32_t *to) {
  for (; count > 0; --count) {
    *to = *in;
    in += distance;
    to += step;
  }
}

/* Words of one channel's columns that lie in the input, row by row. */
ARENITE_NOINLINE void spread_rows(const arenite_depthwise_conv2d_v6m_layer *layer, const rows *r, int32_t offset,
                                  int32_t columns, int32_t *to) {
  for (int32_t k = r->k0; k < r->k1; ++k) {
    spread_row(row_at(r, k, offset), layer->input_channels, columns, layer->kernel_rows, to + k);
  }
}

/* All channels of a segment, whose first pixel is at `out`. */
ARENITE_NOINLINE void outputs_of(const arenite_depthwise_conv2d_v6m_layer *layer, const rows *r, const segment *s,
                                 const int8_t *weights, const arenite_channel *channel, int8_t *out,
                                 int32_t *scratch) {
  int32_t *const terms = scratch;
  int32_t *const sums = terms + 1 + layer->filter;
  int32_t *const window = sums + layer->segment;
  const int32_t height = layer->kernel_rows;
  const int32_t distance = layer->input_channels;
  const int32_t columns = s->last - s->first;
  const int three = height == 3 && r->k1 - r->k0 == 3 && columns > 0;
  const int8_t *const in[3] = {three ? row_at(r, 0, 0) : 0, three ? row_at(r, 1, 0) : 0, three ? row_at(r, 2, 0) : 0};
  const int8_t zero_point = (int8_t)layer->input_zero_point;
  const int8_t zero = 0;
  int32_t *const inside = window + s->first * height;
  int32_t offset = (s->column + s->first) * distance;
  spread_row(&zero_point, 0, s->columns * height, 1, window);
  spread_row(&zero, 0, layer->filter - height * layer->kernel_columns, 1, window + s->columns * height);
  for (const int8_t *const end = out + distance * layer->depth_multiplier; out != end; ++offset) {
    if (three) {
      arenite_spread_three(in, offset, distance, columns, inside);
    } else {
      spread_rows(layer, r, offset, columns, inside);
    }
    for (int32_t i = layer->depth_multiplier; i > 0; --i) {
      if (channel->exponent != ARENITE_CONSTANT_CHANNEL) {
        terms[0] = channel->bias;
        for (int32_t k = 0; k < layer->filter; k += 9) {
          arenite_spread_nine(weights + k, terms + 1 + k);
        }
        arenite_dot_windows(window, layer->stride_columns * height, s->pixels, terms, layer->filter, sums);
      }
      arenite_requantise_pixels(sums, s->pixels, channel, layer->output_zero_point, out, layer->output_stride);
      weights += layer->filter;
      ++channel;
      ++out;
    }
  }
}

/* acc plus the products of `count` weights and the zero point. */
static inline int32_t add_padding(int32_t acc, int32_t zero_point, const int8_t *weights, int32_t count) {
  for (; count > 0; --count) {
    acc = arenite_mac(acc, zero_point, *weights++);
  }
  return acc;
}

/* All channels of one pixel whose window is one column, which lies in the input from `offset` on. */
ARENITE_NOINLINE void outputs_of_column(const arenite_depthwise_conv2d_v6m_layer *layer, const rows *r, int32_t offset,
                                        const int8_t *weights, const arenite_channel *channel, int8_t *out) {
  const int32_t zero_point = layer->input_zero_point;
  const int8_t *in = r->base + (r->start + offset);
  int32_t left = layer->depth_multiplier;
  for (const int8_t *const end = out + layer->input_channels * layer->depth_multiplier; out != end; ++out) {
    const int32_t *tap = r->taps + r->k0;
    const int8_t *weight = weights + r->k0;
    int32_t sum = add_padding(channel->bias, zero_point, weights, r->k0);
    for (const int32_t *const last = r->taps + r->k1; tap != last; ++tap) {
      sum = arenite_mac(sum, in[*tap], *weight++);
    }
    sum = add_padding(sum, zero_point, weight, layer->kernel_rows - r->k1);
    *out = arenite_saturate(arenite_requantise_v6m(sum, channel), layer->output_zero_point);
    weights += layer->filter;
    ++channel;
    if (--left == 0) {
      left = layer->depth_multiplier;
      ++in;
    }
  }
}

void arenite_depthwise_conv2d_v6m_row_s8(const arenite_depthwise_conv2d_v6m_layer *layer, const int8_t *base,
                                         int32_t start, const int32_t *taps, int32_t k0, int32_t k1,
                                         const int8_t *weights, const arenite_channel *channels, int8_t *out,
                                         int32_t *scratch) {
  const rows r = {base, taps, start, k0, k1};
  segment s = {0, -layer->pad_left, 0, 0, 0};
  int32_t left = layer->output_columns;
  out += layer->output_start;
  int8_t *to = out;
  while (left > 0) {
    s.pixels = min(left, layer->segment);
    s.columns = (s.pixels - 1) * layer->stride_columns + layer->kernel_columns;
    s.first = min(max(-s.column, 0), s.columns);
    s.last = max(min(layer->input_columns - s.column, s.columns), s.first);
    if (s.pixels == 1 && layer->kernel_columns == 1 && s.last - s.first == 1) {
      outputs_of_column(layer, &r, s.column * layer->input_channels, weights, channels, to);
    } else {
      outputs_of(layer, &r, &s, weights, channels, to, scratch);
    }
    s.column += s.pixels * layer->stride_columns;
    to += s.pixels * layer->output_stride;
    left -= s.pixels;
  }
  arenite_clamp_all(out, layer->output_columns, layer->input_channels * layer->depth_multiplier, layer->output_stride,
                    layer->activation_min, layer->activation_max);
}

/* An input of one column, as one of one row. */
ARENITE_NOINLINE void lone_column(const arenite_depthwise_conv2d_v6m_layer *layer, const int8_t *in, const int8_t *weights,
                             const arenite_channel *channels, int8_t *out, int32_t *scratch) {
  static const int32_t no_distance = 0;
  arenite_depthwise_conv2d_v6m_layer turned = *layer;
  turned.input_columns = layer->input_rows;
  turned.output_columns = layer->output_rows;
  turned.kernel_rows = 1;
  turned.kernel_columns = layer->kernel_rows;
  turned.stride_columns = layer->stride_rows;
  turned.pad_left = layer->pad_top;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    arenite_depthwise_conv2d_v6m_row_s8(&turned, in, 0, &no_distance, 0, 1, weights, channels, out, scratch);
    in += layer->input_rows * layer->input_channels;
    out += layer->output_rows * layer->output_stride;
  }
}

void arenite_depthwise_conv2d_v6m_s8(const arenite_depthwise_conv2d_v6m_layer *layer, const int8_t *in,
                                     const int32_t *taps, const int8_t *weights, const arenite_channel *channels,
                                     int8_t *out, int32_t *scratch) {
  const int32_t in_row = layer->input_columns * layer->input_channels;
  const int32_t out_row = layer->output_columns * layer->output_stride;
  if (layer->input_columns * layer->kernel_columns * layer->output_columns * layer->dilation_rows == 1 &&
      layer->output_rows > 1) {
    lone_column(layer, in, weights, channels, out, scratch);
    return;
  }
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const int32_t top = y * layer->stride_rows - layer->pad_top;
      const arenite_range k = arenite_taps_inside(top, layer->dilation_rows, layer->kernel_rows, layer->input_rows);
      arenite_depthwise_conv2d_v6m_row_s8(layer, in, top * in_row, taps, k.first, k.last, weights, channels, out,
                                          scratch);
      out += out_row;
    }
    in += layer->input_rows * in_row;
  }
}
