#include "multiply_v6m_once.h"
#include "float_rounding.h"

typedef struct {
  arenite_product_terms terms;
  const arenite_multiply_v6m_once_layer *layer;
} product;

static void elements(const void *body, const int8_t *a, const int8_t *b, int8_t *out, int32_t count) {
  const product *own = body;
  const arenite_multiply_v6m_once_layer *layer = own->layer;
  a += count;
  b += count;
  out += count;
  for (int32_t i = -count; i < 0; ++i) {
    i = arenite_multiply_off_ties(&own->terms, a, b, out, i);
    if (i < 0) {
      const int32_t value = (a[i] + layer->a_offset) * (b[i] + layer->b_offset);
      const int32_t scaled = arenite_scale_as_float(value, layer->multiplier, layer->code, layer->float_offset);
      out[i] = arenite_saturate(scaled, layer->output_zero_point);
    }
  }
}

void arenite_multiply_v6m_once_row_s8(const arenite_multiply_v6m_once_layer *layer, const int8_t *a, const int8_t *b,
                                      int8_t *out) {
  const int32_t exponent = layer->code & 63;
  product own = {{0}, layer};
  own.terms.x_offset = layer->a_offset;
  own.terms.y_offset = layer->b_offset;
  own.terms.half = (1 << exponent) + (layer->output_zero_point + 128) * (2 << exponent);
  own.terms.shift = exponent + 1;
  arenite_product_terms_set(&own.terms, layer->multiplier, 16 - ~(layer->code >> 6));
  const int32_t a_stride = layer->a_channel_stride;
  const int32_t b_stride = layer->b_channel_stride;
  out += layer->output_start;
  for (int32_t column = 0; column < layer->columns; ++column) {
    arenite_pixel_v6m(elements, &own, a, a_stride, b, b_stride, out, layer->channels);
    arenite_clamp_all(out, 1, layer->channels, layer->channels, layer->activation_min, layer->activation_max);
    a += layer->a_column_stride;
    b += layer->b_column_stride;
    out += layer->output_stride;
  }
}

void arenite_multiply_v6m_once_s8(const arenite_multiply_v6m_once_layer *layer, const int8_t *a, const int8_t *b,
                                  int8_t *out) {
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t row = 0; row < layer->rows; ++row) {
      const int8_t *a_row = a + (batch * layer->a_batch_stride + row * layer->a_row_stride);
      const int8_t *b_row = b + (batch * layer->b_batch_stride + row * layer->b_row_stride);
      arenite_multiply_v6m_once_row_s8(layer, a_row, b_row, out);
      out += layer->columns * layer->output_stride;
    }
  }
}
