#include "l2_normalization_f32.h"

void arenite_l2_normalization_row_f32(const arenite_l2_normalization_f32_layer *layer, const float *in, float *out) {
  const float length = sqrtf(arenite_dot_f32(in, in, layer->depth));
  const float divisor = length > 1e-6f ? length : 1e-6f;
  for (int32_t i = 0; i < layer->depth; ++i) {
    out[i] = in[i] / divisor;
  }
}

void arenite_l2_normalization_f32(const arenite_l2_normalization_f32_layer *layer, const float *in, float *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_l2_normalization_row_f32(layer, in, out);
    in += layer->depth;
    out += layer->depth;
  }
}
