#include "pad.h"

#include <stddef.h>
#include <string.h>

static int8_t *fill(const arenite_pad_layer *layer, int8_t *out, int32_t bytes) {
  memset(out, layer->value, (size_t)bytes);
  return out + bytes;
}

void arenite_pad_row_s8(const arenite_pad_layer *layer, const int8_t *in, int8_t *out) {
  if (in == NULL) {
    fill(layer, out, layer->output_columns * layer->output_bytes);
    return;
  }
  const int32_t after_columns = layer->output_columns - layer->before_columns - layer->input_columns;
  const int32_t after_bytes = layer->output_bytes - layer->before_bytes - layer->input_bytes;
  out = fill(layer, out, layer->before_columns * layer->output_bytes);
  for (int32_t column = 0; column < layer->input_columns; ++column) {
    out = fill(layer, out, layer->before_bytes);
    memcpy(out, in, (size_t)layer->input_bytes);
    in += layer->input_bytes;
    out = fill(layer, out + layer->input_bytes, after_bytes);
  }
  fill(layer, out, after_columns * layer->output_bytes);
}

void arenite_pad_s8(const arenite_pad_layer *layer, const int8_t *in, int8_t *out) {
  for (int32_t batch = -layer->before_batches; batch < layer->output_batches - layer->before_batches; ++batch) {
    for (int32_t y = -layer->before_rows; y < layer->output_rows - layer->before_rows; ++y) {
      const int32_t inside = batch >= 0 && batch < layer->input_batches && y >= 0 && y < layer->input_rows;
      arenite_pad_row_s8(layer, inside ? in : NULL, out);
      in += inside ? layer->input_columns * layer->input_bytes : 0;
      out += layer->output_columns * layer->output_bytes;
    }
  }
}
