#include "transpose_conv_f32.h"

#include "arenite_transposed.h"

void arenite_transpose_conv_row_f32(const arenite_transpose_conv_f32_layer *layer, const float *base, int32_t start,
                                    const int32_t *taps, int32_t k0, int32_t k1, const float *weights,
                                    const float *bias, float *out) {
  const int32_t depth = layer->input_channels;
  const int32_t row_weights = layer->kernel_columns * depth;
  const int32_t filter = layer->kernel_rows * row_weights;
  out += layer->output_start;
  float *o = out;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const arenite_reach reach =
        arenite_reaching(x + layer->pad_left, layer->kernel_columns, layer->step_columns, layer->input_columns);
    const int32_t run = reach.count * depth;
    const int32_t first = start + reach.input * depth * (int32_t)sizeof(float);
    const float *own = weights;
    int32_t c = 0;
    for (; c + 4 <= layer->output_channels; c += 4) {
      float sums[4] = {bias[c], bias[c + 1], bias[c + 2], bias[c + 3]};
      for (int32_t k = k0; k < k1; ++k) {
        const float *in = arenite_floats_at(base, first + taps[k]);
        arenite_dot_4_f32(sums, in, own + 4 * (k * row_weights + reach.tap * depth), run);
      }
      memcpy(o + c, sums, sizeof sums);
      own += 4 * filter;
    }
    for (; c < layer->output_channels; ++c) {
      float sum = bias[c];
      for (int32_t k = k0; k < k1; ++k) {
        const float *in = arenite_floats_at(base, first + taps[k]);
        sum += arenite_dot_f32(in, own + (k * row_weights + reach.tap * depth), run);
      }
      o[c] = sum;
      own += filter;
    }
    o += layer->output_stride;
  }
  arenite_clamp_pixels(out, layer->output_columns, layer->output_channels, layer->output_stride,
                       layer->activation_low, layer->activation_high);
}

void arenite_transpose_conv_f32(const arenite_transpose_conv_f32_layer *layer, const float *in, const int32_t *taps,
                                const float *weights, const float *bias, float *out) {
  const int32_t in_row = layer->input_columns * layer->input_channels;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const arenite_reach reach =
          arenite_reaching(y + layer->pad_top, layer->kernel_rows, layer->step_rows, layer->input_rows);
      const int32_t row = reach.input * in_row * (int32_t)sizeof(float);
      const int32_t start = row - taps[reach.tap];
      arenite_transpose_conv_row_f32(layer, in, start, taps, reach.tap, reach.tap + reach.count, weights, bias, out);
      out += layer->output_columns * layer->output_stride;
    }
    in += layer->input_rows * in_row;
  }
}
