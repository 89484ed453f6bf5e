#include "select.h"

void arenite_select_row_s8(const arenite_select_layer *layer, const int8_t *a, const int8_t *b, const int8_t *c,
                           int8_t *out) {
  const arenite_select_layer l = *layer;
  for (int32_t column = 0; column < l.columns; ++column) {
    for (int32_t i = 0; i < l.channels; ++i) {
      const int32_t first = (a[i * l.a_channel_stride] != 0) != (l.swapped != 0);
      const int8_t *chosen = first ? b + i * l.b_channel_stride * l.bytes : c + i * l.c_channel_stride * l.bytes;
      for (int32_t byte = 0; byte < l.bytes; ++byte) {
        *out++ = chosen[byte];
      }
    }
    a += l.a_column_stride;
    b += l.b_column_stride * l.bytes;
    c += l.c_column_stride * l.bytes;
  }
}

void arenite_select_s8(const arenite_select_layer *layer, const int8_t *a, const int8_t *b, const int8_t *c,
                       int8_t *out) {
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t row = 0; row < layer->rows; ++row) {
      const int8_t *a_row = a + (batch * layer->a_batch_stride + row * layer->a_row_stride);
      const int8_t *b_row = b + (batch * layer->b_batch_stride + row * layer->b_row_stride) * layer->bytes;
      const int8_t *c_row = c + (batch * layer->c_batch_stride + row * layer->c_row_stride) * layer->bytes;
      arenite_select_row_s8(layer, a_row, b_row, c_row, out);
      out += layer->columns * layer->channels * layer->bytes;
    }
  }
}
