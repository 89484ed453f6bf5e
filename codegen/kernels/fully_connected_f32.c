#include "fully_connected_f32.h"

void arenite_fully_connected_row_f32(const arenite_fully_connected_f32_layer *layer, const float *in,
                                     const float *weights, const float *bias, float *out) {
  int32_t c = 0;
  for (; c + 4 <= layer->outputs; c += 4) {
    float sums[4] = {bias[c], bias[c + 1], bias[c + 2], bias[c + 3]};
    arenite_dot_4_f32(sums, in, weights, layer->inputs);
    memcpy(out + c, sums, sizeof sums);
    weights += 4 * layer->inputs;
  }
  for (; c < layer->outputs; ++c) {
    out[c] = bias[c] + arenite_dot_f32(in, weights, layer->inputs);
    weights += layer->inputs;
  }
  arenite_clamp_floats(out, layer->outputs, layer->activation_low, layer->activation_high);
}

void arenite_fully_connected_f32(const arenite_fully_connected_f32_layer *layer, const float *in,
                                 const float *weights, const float *bias, float *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_fully_connected_row_f32(layer, in, weights, bias, out);
    in += layer->inputs;
    out += layer->outputs;
  }
}
