#include "batch_matmul.h"

void arenite_batch_matmul_row_s8(const arenite_batch_matmul_layer *layer, const int8_t *a, const int8_t *b,
                                 int8_t *out) {
  const arenite_batch_matmul_layer l = *layer;
  for (int32_t column = 0; column < l.columns; ++column) {
    const int8_t *q = b + column * l.b_column_stride;
    int32_t sum = 0;
    for (int32_t i = 0; i < l.depth; ++i) {
      sum += (a[i] + l.a_offset) * (*q + l.b_offset);
      q += l.b_depth_stride;
    }
    out[column] = arenite_saturate(arenite_requantise_twice(sum, l.multiplier, l.shift), l.output_zero_point);
  }
}

void arenite_batch_matmul_s8(const arenite_batch_matmul_layer *layer, const int8_t *a, const int8_t *b, int8_t *out) {
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t row = 0; row < layer->rows; ++row) {
      const int8_t *a_row = a + (batch * layer->a_batch_stride + row * layer->a_row_stride);
      arenite_batch_matmul_row_s8(layer, a_row, b + batch * layer->b_batch_stride, out);
      out += layer->columns;
    }
  }
}
