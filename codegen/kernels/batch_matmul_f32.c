#include "batch_matmul_f32.h"

void arenite_batch_matmul_row_f32(const arenite_batch_matmul_f32_layer *layer, const float *a, const float *b,
                                 float *out) {
  const arenite_batch_matmul_f32_layer l = *layer;
  for (int32_t column = 0; column < l.columns; ++column) {
    const float *q = b + column * l.b_column_stride;
    float sum = 0.0f;
    for (int32_t i = 0; i < l.depth;) {
      /* Short chains of additions lose little. */
      float part = 0.0f;
      for (const int32_t end = i + ARENITE_CHAIN; i < end && i < l.depth; ++i) {
        part += a[i] * *q;
        q += l.b_depth_stride;
      }
      sum += part;
    }
    out[column] = sum;
  }
}

void arenite_batch_matmul_f32(const arenite_batch_matmul_f32_layer *layer, const float *a, const float *b, float *out) {
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t row = 0; row < layer->rows; ++row) {
      const float *a_row = a + (batch * layer->a_batch_stride + row * layer->a_row_stride);
      arenite_batch_matmul_row_f32(layer, a_row, b + batch * layer->b_batch_stride, out);
      out += layer->columns;
    }
  }
}
