#include "depthwise_conv2d.h"

void arenite_depthwise_conv2d_row_s8(const arenite_depthwise_conv2d_layer *layer, const int8_t *base, int32_t start,
                                     const int32_t *taps, int32_t k0, int32_t k1, const int8_t *weights,
                                     const arenite_channel *channels, int8_t *out) {
  const int32_t outputs = layer->input_channels * layer->depth_multiplier;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    for (int32_t c = 0; c < outputs; ++c) {
      const int8_t *w = weights + c;
      int32_t acc = channels[c].bias;
      for (int32_t k = 0; k < layer->kernel_rows; ++k) {
        int32_t column = x * layer->stride_columns - layer->pad_left;
        for (int32_t j = 0; j < layer->kernel_columns; ++j) {
          int32_t value = layer->input_zero_point;
          if (k >= k0 && k < k1 && column >= 0 && column < layer->input_columns) {
            value = base[start + taps[k] + column * layer->input_channels + c / layer->depth_multiplier];
          }
          acc = arenite_mac(acc, value, *w);
          w += outputs;
          column += layer->dilation_columns;
        }
      }
      const int32_t scaled = arenite_requantise_twice(acc, channels[c].multiplier, channels[c].shift);
      *out++ = arenite_store(scaled, layer->output_zero_point, layer->activation_min, layer->activation_max);
    }
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
