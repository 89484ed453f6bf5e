#include "resize_linear.h"

#define UNITS (1 << 20)

void arenite_resize_linear_row_s8(const arenite_resize_linear_layer *layer, const int8_t *above, const int8_t *below,
                                  const int16_t *row_weights, const int32_t *columns, const int16_t *column_weights,
                                  int8_t *out) {
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const int32_t left = columns[0] * layer->channels;
    const int32_t right = columns[1] * layer->channels;
    const int32_t weight_0 = column_weights[0] * row_weights[0];
    const int32_t weight_1 = column_weights[1] * row_weights[0];
    const int32_t weight_2 = column_weights[0] * row_weights[1];
    const int32_t weight_3 = column_weights[1] * row_weights[1];
    for (int32_t c = 0; c < layer->channels; ++c) {
      const int32_t sum = weight_0 * above[left + c] + weight_1 * above[right + c] + weight_2 * below[left + c] +
                          weight_3 * below[right + c];
      /* To nearest, ties away from zero. */
      *out++ = (int8_t)((sum + (sum > 0 ? UNITS / 2 : -(UNITS / 2))) / UNITS);
    }
    columns += 2;
    column_weights += 2;
  }
}

void arenite_resize_linear_s8(const arenite_resize_linear_layer *layer, const int8_t *in, const int32_t *rows,
                              const int16_t *row_weights, const int32_t *columns, const int16_t *column_weights,
                              int8_t *out) {
  const int32_t in_row = layer->input_columns * layer->channels;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      arenite_resize_linear_row_s8(layer, in + rows[2 * y] * in_row, in + rows[2 * y + 1] * in_row,
                                   row_weights + 2 * y, columns, column_weights, out);
      out += layer->output_columns * layer->channels;
    }
    in += layer->input_rows * in_row;
  }
}

void arenite_resize_linear_row_s16(const arenite_resize_linear_layer *layer, const int16_t *above, const int16_t *below,
                                  const int16_t *row_weights, const int32_t *columns, const int16_t *column_weights,
                                  int16_t *out) {
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const int32_t left = columns[0] * layer->channels;
    const int32_t right = columns[1] * layer->channels;
    const int32_t weight_0 = column_weights[0] * row_weights[0];
    const int32_t weight_1 = column_weights[1] * row_weights[0];
    const int32_t weight_2 = column_weights[0] * row_weights[1];
    const int32_t weight_3 = column_weights[1] * row_weights[1];
    for (int32_t c = 0; c < layer->channels; ++c) {
      const int64_t sum = (int64_t)weight_0 * above[left + c] + (int64_t)weight_1 * above[right + c] +
                          (int64_t)weight_2 * below[left + c] + (int64_t)weight_3 * below[right + c];
      *out++ = (int16_t)((sum + (sum > 0 ? UNITS / 2 : -(UNITS / 2))) / UNITS);
    }
    columns += 2;
    column_weights += 2;
  }
}

void arenite_resize_linear_s16(const arenite_resize_linear_layer *layer, const int16_t *in, const int32_t *rows,
                              const int16_t *row_weights, const int32_t *columns, const int16_t *column_weights,
                              int16_t *out) {
  const int32_t in_row = layer->input_columns * layer->channels;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      arenite_resize_linear_row_s16(layer, in + rows[2 * y] * in_row, in + rows[2 * y + 1] * in_row,
                                   row_weights + 2 * y, columns, column_weights, out);
      out += layer->output_columns * layer->channels;
    }
    in += layer->input_rows * in_row;
  }
}
