#include "elementwise_v6m.h"

void arenite_add_v6m_row_s8(const arenite_add_v6m_layer *layer, const int8_t *a, const int8_t *b, int8_t *out) {
  const int32_t scaled_shift = layer->scaled_shift;
  const int32_t output_shift = layer->output_shift;
  const int32_t zero_point = layer->output_zero_point + 128;
  const arenite_scaling scaled = {layer->scaled_offset, layer->scaled_multiplier, 1 << (scaled_shift - 1),
                                  scaled_shift};
  const arenite_scaling output = {layer->exact_offset, layer->output_multiplier,
                                  (1 << (output_shift - 1)) + (zero_point << output_shift), output_shift};
  const int8_t *x = layer->swapped ? b : a;
  const int8_t *y = layer->swapped ? a : b;
  const int32_t x_stride = layer->swapped ? layer->b_column_stride : layer->a_column_stride;
  const int32_t y_stride = layer->swapped ? layer->a_column_stride : layer->b_column_stride;
  int32_t columns = layer->columns;
  int32_t channels = layer->channels;
  if (x_stride == channels && y_stride == channels && layer->output_stride == channels) {
    channels *= columns;
    columns = 1;
  }
  out += layer->output_start;
  for (; columns > 0; --columns) {
    arenite_add_elements(&scaled, &output, x, y, out, channels);
    arenite_clamp_all(out, 1, channels, channels, layer->activation_min, layer->activation_max);
    x += x_stride;
    y += y_stride;
    out += layer->output_stride;
  }
}

void arenite_add_v6m_s8(const arenite_add_v6m_layer *layer, const int8_t *a, const int8_t *b, int8_t *out) {
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t row = 0; row < layer->rows; ++row) {
      const int8_t *a_row = a + (batch * layer->a_batch_stride + row * layer->a_row_stride);
      const int8_t *b_row = b + (batch * layer->b_batch_stride + row * layer->b_row_stride);
      arenite_add_v6m_row_s8(layer, a_row, b_row, out);
      out += layer->columns * layer->output_stride;
    }
  }
}
