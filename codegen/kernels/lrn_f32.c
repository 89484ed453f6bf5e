#include "lrn_f32.h"

void arenite_lrn_row_f32(const arenite_lrn_f32_layer *layer, const float *in, float *out) {
  const float alpha = arenite_float(layer->alpha);
  const float beta = arenite_float(layer->beta);
  const float bias = arenite_float(layer->bias);
  const int32_t channels = layer->channels;
  for (int32_t column = 0; column < layer->columns; ++column) {
    for (int32_t c = 0; c < channels; ++c) {
      const int32_t first = c < layer->before ? 0 : c - layer->before;
      const int32_t last = c + layer->after < channels ? c + layer->after : channels - 1;
      float sum = 0.0f;
      for (int32_t i = first; i <= last; ++i) {
        sum += in[i] * in[i];
      }
      out[c] = in[c] * powf(bias + alpha * sum, -beta);
    }
    in += channels;
    out += channels;
  }
}

void arenite_lrn_f32(const arenite_lrn_f32_layer *layer, const float *in, float *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_lrn_row_f32(layer, in, out);
    in += layer->columns * layer->channels;
    out += layer->columns * layer->channels;
  }
}
