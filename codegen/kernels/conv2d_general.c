#include "conv2d_general.h"

/* acc + the products of `count` inputs and weights; without inputs, as if each of them were the zero point. */
static int32_t dot(int32_t acc, const int8_t *in, int32_t zero_point, const int8_t *weights, int32_t count) {
  for (int32_t i = 0; i < count; ++i) {
    acc = arenite_mac(acc, in ? in[i] : zero_point, weights[i]);
  }
  return acc;
}

void arenite_conv2d_general_row_s8(const arenite_conv2d_general_layer *layer, const int8_t *base, int32_t start,
                                   const int32_t *taps, int32_t k0, int32_t k1, const int8_t *weights,
                                   const arenite_channel *channels, int8_t *out) {
  const int32_t depth = layer->input_channels / layer->groups;
  const int32_t group_outputs = layer->output_channels / layer->groups;
  out += layer->output_start;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const int8_t *filter = weights;
    for (int32_t c = 0; c < layer->output_channels; ++c) {
      const int32_t first = c / group_outputs * depth;
      int32_t acc = channels[c].bias;
      for (int32_t k = 0; k < layer->kernel_rows; ++k) {
        int32_t column = x * layer->stride_columns - layer->pad_left;
        for (int32_t j = 0; j < layer->kernel_columns; ++j) {
          const int8_t *in = 0;
          if (k >= k0 && k < k1 && column >= 0 && column < layer->input_columns) {
            in = base + (start + taps[k] + column * layer->input_channels + first);
          }
          acc = dot(acc, in, layer->input_zero_point, filter, depth);
          filter += depth;
          column += layer->dilation_columns;
        }
      }
      const int32_t scaled = arenite_requantise(acc, &channels[c]);
      out[c] = arenite_store(scaled, layer->output_zero_point, layer->activation_min, layer->activation_max);
    }
    out += layer->output_stride;
  }
}

void arenite_conv2d_general_s8(const arenite_conv2d_general_layer *layer, const int8_t *in, const int32_t *taps,
                               const int8_t *weights, const arenite_channel *channels, int8_t *out) {
  const int32_t in_row = layer->input_columns * layer->input_channels;
  const int32_t out_row = layer->output_columns * layer->output_stride;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const int32_t top = y * layer->stride_rows - layer->pad_top;
      const arenite_range k = arenite_taps_inside(top, layer->dilation_rows, layer->kernel_rows, layer->input_rows);
      arenite_conv2d_general_row_s8(layer, in, top * in_row, taps, k.first, k.last, weights, channels, out);
      out += out_row;
    }
    in += layer->input_rows * in_row;
  }
}
