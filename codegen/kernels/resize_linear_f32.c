#include "resize_linear_f32.h"

void arenite_resize_linear_row_f32(const arenite_resize_linear_f32_layer *layer, const float *above, const float *below,
                                   const float *row_weights, const int32_t *columns, const float *column_weights,
                                   float *out) {
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const int32_t left = columns[0] * layer->channels;
    const int32_t right = columns[1] * layer->channels;
    /* The order of these products and sums is that of ONNX Runtime: results between two integers are frequent. */
    const float weight_0 = column_weights[0] * row_weights[0];
    const float weight_1 = column_weights[1] * row_weights[0];
    const float weight_2 = column_weights[0] * row_weights[1];
    const float weight_3 = column_weights[1] * row_weights[1];
    for (int32_t c = 0; c < layer->channels; ++c) {
      *out++ = weight_0 * above[left + c] + weight_1 * above[right + c] + weight_2 * below[left + c] +
               weight_3 * below[right + c];
    }
    columns += 2;
    column_weights += 2;
  }
}

void arenite_resize_linear_f32(const arenite_resize_linear_f32_layer *layer, const float *in, const int32_t *rows,
                               const float *row_weights, const int32_t *columns, const float *column_weights,
                               float *out) {
  const int32_t in_row = layer->input_columns * layer->channels;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      arenite_resize_linear_row_f32(layer, in + rows[2 * y] * in_row, in + rows[2 * y + 1] * in_row,
                                    row_weights + 2 * y, columns, column_weights, out);
      out += layer->output_columns * layer->channels;
    }
    in += layer->input_rows * in_row;
  }
}
