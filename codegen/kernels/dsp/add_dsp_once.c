#include "add_dsp_once.h"
#include "arenite_words_bytes_dsp.h"

ARENITE_NOINLINE int32_t near_tie(const arenite_add_once_layer *layer, int32_t a, int32_t b) {
  return arenite_clamp(arenite_exact_sum(layer, a, b), -128, 127);
}

ARENITE_NOINLINE void sums_of(const arenite_add_once_layer *layer, const int8_t *a, const int8_t *b, int8_t *out,
                              int32_t count) {
  const int32_t a_gain = layer->a_gain;
  const int32_t b_gain = layer->b_gain;
  const int32_t offset = layer->offset;
  const int32_t shift = layer->shift;
  const int32_t window = layer->window;
  const int32_t mask = (1 << shift) - 1;
  const int8_t *end = out + count;
  while (out != end) {
    const int32_t x = *a++;
    const int32_t y = *b++;
    const int32_t sum = x * a_gain + offset + y * b_gain;
    *out++ = (int8_t)((sum & mask) > window ? arenite_saturated(sum >> shift) : near_tie(layer, x, y));
  }
}

void arenite_add_dsp_once_row_s8(const arenite_add_once_layer *layer, const int8_t *a, const int8_t *b, int8_t *out) {
  const int32_t stride = layer->output_stride;
  int32_t columns = layer->columns;
  int32_t channels = layer->channels;
  if (layer->a_column_stride == channels && layer->b_column_stride == channels && stride == channels) {
    channels *= columns;
    columns = 1;
  }
  out += layer->output_start;
  for (int32_t column = 0; column < columns; ++column) {
    sums_of(layer, a, b, out + column * stride, channels);
    a += layer->a_column_stride;
    b += layer->b_column_stride;
  }
  arenite_clamp_all(out, columns, channels, stride, layer->activation_min, layer->activation_max);
}

void arenite_add_dsp_once_s8(const arenite_add_once_layer *layer, const int8_t *a, const int8_t *b, int8_t *out) {
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t row = 0; row < layer->rows; ++row) {
      const int8_t *a_row = a + (batch * layer->a_batch_stride + row * layer->a_row_stride);
      const int8_t *b_row = b + (batch * layer->b_batch_stride + row * layer->b_row_stride);
      arenite_add_dsp_once_row_s8(layer, a_row, b_row, out);
      out += layer->columns * layer->output_stride;
    }
  }
}
