#include "multiply_v6m.h"

static void elements(const void *body, const int8_t *a, const int8_t *b, int8_t *out, int32_t count) {
  arenite_multiply_elements(body, a + count, b + count, out + count, -count);
}

void arenite_multiply_v6m_row_s8(const arenite_multiply_v6m_layer *layer, const int8_t *a, const int8_t *b,
                                 int8_t *out) {
  arenite_product_terms terms = {0};
  terms.x_offset = layer->a_offset / 2;
  terms.y_offset = layer->b_offset;
  terms.half = (1 << (layer->shift - 1)) + (layer->output_zero_point + 128) * (1 << layer->shift);
  terms.shift = layer->shift;
  arenite_product_terms_set(&terms, layer->multiplier, 15);
  const int32_t a_stride = layer->a_channel_stride;
  const int32_t b_stride = layer->b_channel_stride;
  out += layer->output_start;
  for (int32_t column = 0; column < layer->columns; ++column) {
    arenite_pixel_v6m(elements, &terms, a, a_stride, b, b_stride, out, layer->channels);
    arenite_clamp_all(out, 1, layer->channels, layer->channels, layer->activation_min, layer->activation_max);
    a += layer->a_column_stride;
    b += layer->b_column_stride;
    out += layer->output_stride;
  }
}

void arenite_multiply_v6m_s8(const arenite_multiply_v6m_layer *layer, const int8_t *a, const int8_t *b, int8_t *out) {
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t row = 0; row < layer->rows; ++row) {
      const int8_t *a_row = a + (batch * layer->a_batch_stride + row * layer->a_row_stride);
      const int8_t *b_row = b + (batch * layer->b_batch_stride + row * layer->b_row_stride);
      arenite_multiply_v6m_row_s8(layer, a_row, b_row, out);
      out += layer->columns * layer->output_stride;
    }
  }
}
