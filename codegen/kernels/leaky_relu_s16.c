#include "leaky_relu_s16.h"

void arenite_leaky_relu_row_s16(const arenite_leaky_relu_s16_layer *layer, const int16_t *in, int16_t *out) {
  for (int32_t i = 0; i < layer->row_elements; ++i) {
    int32_t result;
    if (in[i] >= 0) {
      result = arenite_requantise_twice(in[i], layer->multiplier, layer->shift);
    } else {
      const int32_t scaled = arenite_requantise_twice(in[i], layer->negative_multiplier, layer->negative_shift);
      result = arenite_clamp(scaled, -INT32_MAX, INT32_MAX) * layer->sign;
    }
    out[i] = (int16_t)arenite_clamp(result, INT16_MIN, INT16_MAX);
  }
}

void arenite_leaky_relu_s16(const arenite_leaky_relu_s16_layer *layer, const int16_t *in, int16_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_leaky_relu_row_s16(layer, in, out);
    in += layer->row_elements;
    out += layer->row_elements;
  }
}
