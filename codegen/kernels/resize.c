#include "resize.h"

#include <string.h>

void arenite_resize_row(const arenite_resize_layer *layer, const int8_t *in, const int32_t *columns, int8_t *out) {
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    memcpy(out, in + columns[x] * layer->pixel_bytes, (size_t)layer->pixel_bytes);
    out += layer->pixel_bytes;
  }
}

void arenite_resize(const arenite_resize_layer *layer, const int8_t *in, const int32_t *rows, const int32_t *columns,
                    int8_t *out) {
  const int32_t in_row = layer->input_columns * layer->pixel_bytes;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      arenite_resize_row(layer, in + rows[y] * in_row, columns, out);
      out += layer->output_columns * layer->pixel_bytes;
    }
    in += layer->input_rows * in_row;
  }
}
