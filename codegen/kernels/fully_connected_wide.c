#include "fully_connected_wide.h"

void arenite_fully_connected_wide_row_s8(const arenite_fully_connected_wide_layer *layer, const int8_t *in,
                                         const int16_t *weights, const int32_t *places, const int32_t *bias,
                                         const arenite_scale *scales, int8_t *out) {
  for (int32_t c = 0; c < layer->outputs; ++c) {
    int32_t acc = bias[c];
    for (int32_t i = 0; i < layer->inputs; ++i) {
      acc = arenite_mac(acc, in[i], *weights++);
    }
    const int32_t scaled = arenite_rescale(acc, scales);
    out[places[c]] = arenite_store(scaled, layer->output_zero_point, layer->activation_min, layer->activation_max);
    scales += layer->scale_step;
  }
}

void arenite_fully_connected_wide_s8(const arenite_fully_connected_wide_layer *layer, const int8_t *in,
                                     const int16_t *weights, const int32_t *places, const int32_t *bias,
                                     const arenite_scale *scales, int8_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_fully_connected_wide_row_s8(layer, in, weights, places, bias, scales, out);
    in += layer->inputs;
    out += layer->row_outputs;
  }
}
