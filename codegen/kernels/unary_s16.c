#include "unary_s16.h"

void arenite_abs_row_s16(const arenite_abs_s16_layer *layer, const int16_t *in, int16_t *out) {
  for (int32_t i = 0; i < layer->row_elements; ++i) {
    const int32_t magnitude = in[i] < 0 ? -in[i] : in[i];
    const int32_t scaled = arenite_requantise_twice(magnitude, layer->multiplier, layer->shift);
    out[i] = (int16_t)arenite_clamp(scaled, INT16_MIN, INT16_MAX);
  }
}

void arenite_abs_s16(const arenite_abs_s16_layer *layer, const int16_t *in, int16_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_abs_row_s16(layer, in, out);
    in += layer->row_elements;
    out += layer->row_elements;
  }
}

void arenite_sqrt_row_s16(const arenite_sqrt_s16_layer *layer, const int16_t *in, int16_t *out) {
  const float in_scale = arenite_float(layer->in_scale);
  const float out_scale = arenite_float(layer->out_scale);
  for (int32_t i = 0; i < layer->row_elements; ++i) {
    const float root = in[i] > 0 ? sqrtf(in_scale * (float)in[i]) / out_scale : 0.0f;
    out[i] = root >= (float)INT16_MAX ? INT16_MAX : (int16_t)root;
  }
}

void arenite_sqrt_s16(const arenite_sqrt_s16_layer *layer, const int16_t *in, int16_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_sqrt_row_s16(layer, in, out);
    in += layer->row_elements;
    out += layer->row_elements;
  }
}
