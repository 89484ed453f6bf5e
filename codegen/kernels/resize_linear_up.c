#include "resize_linear_up.h"

static inline float element(int8_t stored) { return (float)(stored + 128); }

void arenite_resize_linear_up_row_s8(const arenite_resize_linear_layer *layer, const int8_t *above, const int8_t *below,
                                     const float *row_weights, const int32_t *columns, const float *column_weights,
                                     int8_t *out) {
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const int32_t left = columns[0] * layer->channels;
    const int32_t right = columns[1] * layer->channels;
    for (int32_t c = 0; c < layer->channels; ++c) {
      const float sum = element(above[left + c]) * row_weights[0] * column_weights[0] +
                        element(below[left + c]) * row_weights[1] * column_weights[0] +
                        element(above[right + c]) * row_weights[0] * column_weights[1] +
                        element(below[right + c]) * row_weights[1] * column_weights[1] + 0.5f;
      *out++ = (int8_t)((int32_t)sum - 128);
    }
    columns += 2;
    column_weights += 2;
  }
}

void arenite_resize_linear_up_s8(const arenite_resize_linear_layer *layer, const int8_t *in, const int32_t *rows,
                                 const float *row_weights, const int32_t *columns, const float *column_weights,
                                 int8_t *out) {
  const int32_t in_row = layer->input_columns * layer->channels;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      arenite_resize_linear_up_row_s8(layer, in + rows[2 * y] * in_row, in + rows[2 * y + 1] * in_row,
                                      row_weights + 2 * y, columns, column_weights, out);
      out += layer->output_columns * layer->channels;
    }
    in += layer->input_rows * in_row;
  }
}
