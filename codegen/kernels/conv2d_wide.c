#include "conv2d_wide.h"

/* The columns of a window that lie in the input, row by row: `count` elements `step` apart, `lines` of them
 * `line_bytes` apart, the first one `first` elements behind the beginning of a row; `weights` before the first one's. */
typedef struct {
  int32_t first;
  int32_t weights;
  int32_t step;
  int32_t count;
  int32_t lines;
  int32_t line_bytes;
} part;

/* What the pixels of a row have in common. */
typedef struct {
  int32_t depth;
  int32_t row_weights;
  int32_t filter;
} extents;

/* acc + the products of `count` inputs, `step` apart and less their zero point, and as many weights. */
static int32_t dot(int32_t acc, const int8_t *in, int32_t step, int32_t zero_point, const int16_t *weights,
                   int32_t count) {
  for (; count > 0; --count) {
    acc = arenite_mac(acc, *in - zero_point, *weights++);
    in += step;
  }
  return acc;
}

static part part_of(const arenite_conv2d_wide_layer *layer, const extents *e, int32_t x) {
  const int32_t column = x * layer->stride_columns - layer->pad_left;
  const arenite_range j =
      arenite_taps_inside(column, layer->dilation_columns, layer->kernel_columns, layer->input_columns);
  const int32_t step = layer->dilation_columns * layer->input_channels;
  const int32_t columns = j.last - j.first;
  part result = {(column + j.first * layer->dilation_columns) * layer->input_channels,
                 j.first * e->depth, 1, e->depth, columns, step};
  if (e->depth == 1) {
    result.step = step;
  }
  if (e->depth == 1 || step == e->depth) {
    result.count = columns * e->depth;
    result.lines = columns > 0;
  }
  return result;
}

void arenite_conv2d_wide_row_s8(const arenite_conv2d_wide_layer *layer, const int8_t *base, int32_t start,
                                const int32_t *taps, int32_t k0, int32_t k1, const int16_t *weights,
                                const int32_t *places, const arenite_channel *channels, int8_t *out) {
  const int32_t depth = layer->input_channels / layer->groups;
  const extents e = {depth, layer->kernel_columns * depth, layer->kernel_rows * layer->kernel_columns * depth};
  const int32_t zero_point = layer->input_zero_point;
  out += layer->output_start;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const part p = part_of(layer, &e, x);
    const int16_t *filter = weights + p.weights;
    for (int32_t c = 0; c < layer->output_channels; ++c) {
      int32_t acc = channels[c].bias;
      for (int32_t k = k0; k < k1; ++k) {
        const int8_t *in = base + (start + taps[k] + p.first + places[2 * c]);
        const int16_t *line = filter + k * e.row_weights;
        for (int32_t i = p.lines; i > 0; --i) {
          acc = dot(acc, in, p.step, zero_point, line, p.count);
          in += p.line_bytes;
          line += depth;
        }
      }
      const int32_t scaled = arenite_requantise(acc, &channels[c]);
      out[places[2 * c + 1]] =
          arenite_store(scaled, layer->output_zero_point, layer->activation_min, layer->activation_max);
      filter += e.filter;
    }
    out += layer->output_stride;
  }
}

void arenite_conv2d_wide_s8(const arenite_conv2d_wide_layer *layer, const int8_t *in, const int32_t *taps,
                            const int16_t *weights, const int32_t *places, const arenite_channel *channels,
                            int8_t *out) {
  const int32_t in_row = layer->input_columns * layer->input_channels;
  const int32_t out_row = layer->output_columns * layer->output_stride;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const int32_t top = y * layer->stride_rows - layer->pad_top;
      const arenite_range k = arenite_taps_inside(top, layer->dilation_rows, layer->kernel_rows, layer->input_rows);
      arenite_conv2d_wide_row_s8(layer, in, top * in_row, taps, k.first, k.last, weights, places, channels, out);
      out += out_row;
    }
    in += layer->input_rows * in_row;
  }
}
