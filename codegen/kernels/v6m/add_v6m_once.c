#include "add_v6m_once.h"

typedef struct {
  arenite_sum_terms terms;
  const arenite_add_once_layer *layer;
} sum;

static void elements(const void *body, const int8_t *a, const int8_t *b, int8_t *out, int32_t count) {
  const sum *own = body;
  a += count;
  b += count;
  out += count;
  for (int32_t i = -count; i < 0; ++i) {
    i = arenite_add_off_ties(&own->terms, a, b, out, i);
    if (i < 0) {
      out[i] = arenite_saturate(arenite_exact_sum(own->layer, a[i], b[i]), 0);
    }
  }
}

void arenite_add_v6m_once_row_s8(const arenite_add_once_layer *layer, const int8_t *a, const int8_t *b, int8_t *out) {
  const int32_t shift = layer->shift;
  const int32_t window = (int32_t)((uint32_t)layer->window << (32 - shift));
  const sum own = {{layer->a_gain, layer->b_gain, layer->offset + (128 << shift), shift, window}, layer};
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

void arenite_add_v6m_once_s8(const arenite_add_once_layer *layer, const int8_t *a, const int8_t *b, int8_t *out) {
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t row = 0; row < layer->rows; ++row) {
      const int8_t *a_row = a + (batch * layer->a_batch_stride + row * layer->a_row_stride);
      const int8_t *b_row = b + (batch * layer->b_batch_stride + row * layer->b_row_stride);
      arenite_add_v6m_once_row_s8(layer, a_row, b_row, out);
      out += layer->columns * layer->output_stride;
    }
  }
}
