#include "fully_connected.h"

void arenite_fully_connected_row_s8(const arenite_fully_connected_layer *layer, const int8_t *in,
                                    const arenite_quad *weights, const int32_t *bias, const arenite_scale *scales,
                                    int8_t *out) {
  const int32_t offset = -128 * arenite_sum(in, layer->inputs);
  for (int32_t left = layer->outputs; left > 0; left -= 4) {
    int32_t acc[4] = {arenite_add(bias[0], offset), bias[1], arenite_add(bias[2], offset), bias[3]};
    for (int32_t first = 0; first < layer->inputs; first += ARENITE_LANE_PRODUCTS) {
      const int32_t rest = layer->inputs - first;
      const int32_t count = rest < ARENITE_LANE_PRODUCTS ? rest : ARENITE_LANE_PRODUCTS;
      arenite_lanes_flush(arenite_lanes_dot(arenite_lanes_zero(), in + first, weights, count), acc);
      weights += count;
    }
    for (int32_t i = 0; i < 4 && i < left; ++i) {
      const int32_t scaled = arenite_rescale(acc[i], scales);
      *out++ = arenite_store(scaled, layer->output_zero_point, layer->activation_min, layer->activation_max);
      scales += layer->scale_step;
    }
    bias += 4;
  }
}

void arenite_fully_connected_s8(const arenite_fully_connected_layer *layer, const int8_t *in,
                                const arenite_quad *weights, const int32_t *bias, const arenite_scale *scales,
                                int8_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_fully_connected_row_s8(layer, in, weights, bias, scales, out);
    in += layer->inputs;
    out += layer->outputs;
  }
}
