#include "fully_connected_v6m.h"

/* Adds the products of one input and four weights. */
static inline void add_products(int32_t input, uint32_t quad, int32_t *sums) {
  for (int32_t i = 0; i < 4; ++i) {
    sums[i] += input * (int32_t)(quad & 0xffu);
    quad >>= 8;
  }
}

void arenite_fully_connected_v6m_row_s8(const arenite_fully_connected_v6m_layer *layer, const int8_t *in,
                                        const uint32_t *weights, const int32_t *bias, const arenite_scale *scales,
                                        int8_t *out) {
  const int32_t inputs = layer->inputs;
  const int32_t offset = -128 * arenite_sum(in, inputs);
  for (int32_t left = layer->outputs; left > 0; left -= 4) {
    int32_t sums[4] = {offset, offset, offset, offset};
    arenite_dot_four_outputs(in, weights, inputs & ~1, sums);
    weights += inputs;
    if (inputs & 1) {
      add_products(in[inputs - 1], weights[-1], sums);
    }
    for (int32_t i = 0; i < 4 && i < left; ++i) {
      const int32_t scaled = arenite_rescale_v6m(arenite_add(sums[i], bias[i]), scales);
      *out++ = arenite_store(scaled, layer->output_zero_point, layer->activation_min, layer->activation_max);
      scales += layer->scale_step;
    }
    bias += 4;
  }
}

void arenite_fully_connected_v6m_s8(const arenite_fully_connected_v6m_layer *layer, const int8_t *in,
                                    const uint32_t *weights, const int32_t *bias, const arenite_scale *scales,
                                    int8_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_fully_connected_v6m_row_s8(layer, in, weights, bias, scales, out);
    in += layer->inputs;
    out += layer->outputs;
  }
}
