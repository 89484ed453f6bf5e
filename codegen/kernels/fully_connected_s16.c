#include "fully_connected_s16.h"

void arenite_fully_connected_row_s16(const arenite_fully_connected_s16_layer *layer, const int16_t *in,
                                     const int8_t *weights, const int32_t *bias, const arenite_scale *scales,
                                     int16_t *out) {
  for (int32_t first = 0; first < layer->outputs; first += 4) {
    arenite_s16_sums s = arenite_s16_zero();
    arenite_s16_dot(&s, in, weights, layer->inputs);
    arenite_s16_flush(&s);
    weights += 4 * layer->inputs;
    for (int32_t c = first; c < first + 4 && c < layer->outputs; ++c) {
      const int32_t sum = (int32_t)s.sums[c - first] + bias[c];
      const int32_t scaled = arenite_rescale(sum, &scales[c * layer->scale_step]);
      out[c] = (int16_t)arenite_clamp(scaled, layer->activation_min, layer->activation_max);
    }
  }
}

void arenite_fully_connected_s16(const arenite_fully_connected_s16_layer *layer, const int16_t *in,
                                 const int8_t *weights, const int32_t *bias, const arenite_scale *scales,
                                 int16_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_fully_connected_row_s16(layer, in, weights, bias, scales, out);
    in += layer->inputs;
    out += layer->outputs;
  }
}

/* sum * scale, to nearest, ties away from zero; far outside of int16 it is cut off. */
static int32_t rounded(int64_t sum, double scale) {
  const double product = (double)sum * scale;
  const double limit = 1 << 30;
  if (product >= limit || product <= -limit) {
    return product < 0 ? -(1 << 30) : 1 << 30;
  }
  const int32_t whole = (int32_t)product;
  const double rest = product - whole;
  return whole + (rest >= 0.5) - (rest <= -0.5);
}

void arenite_fully_connected_long_row_s16(const arenite_fully_connected_s16_layer *layer, const int16_t *in,
                                          const int8_t *weights, const int64_t *bias, const double *scales,
                                          int16_t *out) {
  for (int32_t first = 0; first < layer->outputs; first += 4) {
    arenite_s16_sums s = arenite_s16_zero();
    arenite_s16_dot(&s, in, weights, layer->inputs);
    arenite_s16_flush(&s);
    weights += 4 * layer->inputs;
    for (int32_t c = first; c < first + 4 && c < layer->outputs; ++c) {
      const int32_t scaled = rounded(s.sums[c - first] + bias[c], scales[c * layer->scale_step]);
      out[c] = (int16_t)arenite_clamp(scaled, layer->activation_min, layer->activation_max);
    }
  }
}

void arenite_fully_connected_long_s16(const arenite_fully_connected_s16_layer *layer, const int16_t *in,
                                      const int8_t *weights, const int64_t *bias, const double *scales,
                                      int16_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_fully_connected_long_row_s16(layer, in, weights, bias, scales, out);
    in += layer->inputs;
    out += layer->outputs;
  }
}
