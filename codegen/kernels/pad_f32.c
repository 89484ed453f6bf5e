#include "pad_f32.h"

#include <stddef.h>

static float *fill(const arenite_pad_f32_layer *layer, float *out, int32_t count) {
  const float value = arenite_float(layer->value);
  for (int32_t i = 0; i < count; ++i) {
    *out++ = value;
  }
  return out;
}

void arenite_pad_row_f32(const arenite_pad_f32_layer *layer, const float *in, float *out) {
  if (in == NULL) {
    fill(layer, out, layer->output_columns * layer->output_channels);
    return;
  }
  const int32_t after_columns = layer->output_columns - layer->before_columns - layer->input_columns;
  const int32_t after_channels = layer->output_channels - layer->before_channels - layer->input_channels;
  out = fill(layer, out, layer->before_columns * layer->output_channels);
  for (int32_t column = 0; column < layer->input_columns; ++column) {
    out = fill(layer, out, layer->before_channels);
    memcpy(out, in, (size_t)layer->input_channels * sizeof *in);
    in += layer->input_channels;
    out = fill(layer, out + layer->input_channels, after_channels);
  }
  fill(layer, out, after_columns * layer->output_channels);
}

void arenite_pad_f32(const arenite_pad_f32_layer *layer, const float *in, float *out) {
  for (int32_t batch = -layer->before_batches; batch < layer->output_batches - layer->before_batches; ++batch) {
    for (int32_t y = -layer->before_rows; y < layer->output_rows - layer->before_rows; ++y) {
      const int32_t inside = batch >= 0 && batch < layer->input_batches && y >= 0 && y < layer->input_rows;
      arenite_pad_row_f32(layer, inside ? in : NULL, out);
      in += inside ? layer->input_columns * layer->input_channels : 0;
      out += layer->output_columns * layer->output_channels;
    }
  }
}
