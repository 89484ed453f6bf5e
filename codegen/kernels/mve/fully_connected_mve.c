#include "fully_connected_mve.h"

void arenite_fully_connected_mve_row_s8(const arenite_fully_connected_mve_layer *layer, const int8_t *in,
                                        const int8_t *weights, const int32_t *bias, const int32_t *scales,
                                        int8_t *out) {
  const arenite_output_range range = {arenite_four_of(layer->output_zero_point),
                                      arenite_four_of(layer->activation_min), arenite_four_of(layer->activation_max)};
  const int32_t inputs = layer->inputs;
  const int32_t step = layer->scale_step;
  const int32_t large = layer->large_scales;
  for (int32_t left = layer->outputs; left > 0; left -= 4) {
    const arenite_four acc = arenite_four_add(arenite_four_dot(in, &weights, inputs), bias);
    const arenite_four scaled = large ? arenite_four_rescale_any(acc, scales) : arenite_four_rescale(acc, scales);
    arenite_four_store(scaled, &range, left, out);
    bias += 4;
    scales += step;
    out += 4;
  }
}

void arenite_fully_connected_mve_s8(const arenite_fully_connected_mve_layer *layer, const int8_t *in,
                                    const int8_t *weights, const int32_t *bias, const int32_t *scales, int8_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_fully_connected_mve_row_s8(layer, in, weights, bias, scales, out);
    in += layer->inputs;
    out += layer->outputs;
  }
}
