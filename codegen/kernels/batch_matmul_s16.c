#include "batch_matmul_s16.h"

void arenite_batch_matmul_row_s16(const arenite_batch_matmul_s16_layer *layer, const int16_t *a, const int16_t *b,
                                  int16_t *out) {
  const arenite_batch_matmul_s16_layer l = *layer;
  for (int32_t column = 0; column < l.columns; ++column) {
    const int16_t *q = b + column * l.b_column_stride;
    int64_t sum = 0;
    for (int32_t i = 0; i < l.depth; ++i) {
      sum += (int64_t)a[i] * *q;
      q += l.b_depth_stride;
    }
    out[column] = (int16_t)arenite_clamp(arenite_rescale_s64(sum, l.multiplier, l.shift), INT16_MIN, INT16_MAX);
  }
}

void arenite_batch_matmul_s16(const arenite_batch_matmul_s16_layer *layer, const int16_t *a, const int16_t *b,
                              int16_t *out) {
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t row = 0; row < layer->rows; ++row) {
      const int16_t *a_row = a + (batch * layer->a_batch_stride + row * layer->a_row_stride);
      arenite_batch_matmul_row_s16(layer, a_row, b + batch * layer->b_batch_stride, out);
      out += layer->columns;
    }
  }
}
