#include "transpose_conv_s16.h"

#include "arenite_transposed.h"

void arenite_transpose_conv_row_s16(const arenite_transpose_conv_s16_layer *layer, const int16_t *base, int32_t start,
                                    const int32_t *taps, int32_t k0, int32_t k1, const int8_t *weights,
                                    const arenite_s16_channel *channels, int16_t *out) {
  const int32_t depth = layer->input_channels;
  const int32_t row_weights = layer->kernel_columns * depth;
  out += layer->output_start;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const arenite_reach reach =
        arenite_reaching(x + layer->pad_left, layer->kernel_columns, layer->step_columns, layer->input_columns);
    const int32_t first = start + reach.input * depth * (int32_t)sizeof(int16_t);
    const int8_t *own = weights + 4 * reach.tap * depth;
    for (int32_t c = 0; c < layer->output_channels; c += 4) {
      arenite_s16_sums s = arenite_s16_zero();
      for (int32_t k = k0; k < k1; ++k) {
        arenite_s16_dot(&s, arenite_s16_at(base, first + taps[k]), own + 4 * k * row_weights, reach.count * depth);
      }
      arenite_s16_flush(&s);
      for (int32_t i = 0; i < 4 && c + i < layer->output_channels; ++i) {
        const arenite_s16_channel *channel = &channels[c + i];
        out[c + i] = arenite_s16_output(s.sums[i] + arenite_s16_bias(channel), channel, layer->rounds_twice,
                                        layer->activation_min, layer->activation_max);
      }
      own += 4 * layer->kernel_rows * row_weights;
    }
    out += layer->output_stride;
  }
}

void arenite_transpose_conv_s16(const arenite_transpose_conv_s16_layer *layer, const int16_t *in, const int32_t *taps,
                                const int8_t *weights, const arenite_s16_channel *channels, int16_t *out) {
  const int32_t in_row = layer->input_columns * layer->input_channels;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const arenite_reach reach =
          arenite_reaching(y + layer->pad_top, layer->kernel_rows, layer->step_rows, layer->input_rows);
      const int32_t start = reach.input * in_row * (int32_t)sizeof(int16_t) - taps[reach.tap];
      arenite_transpose_conv_row_s16(layer, in, start, taps, reach.tap, reach.tap + reach.count, weights, channels,
                                     out);
      out += layer->output_columns * layer->output_stride;
    }
    in += layer->input_rows * in_row;
  }
}
