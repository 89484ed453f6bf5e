#include "fully_connected_dsp.h"

/* Inputs behind the last multiple of four, filled up with zeros. */
static void copy_rest(const int8_t *in, int32_t count, int8_t *rest) {
  arenite_store_four(rest, 0);
  for (; count > 0; --count) {
    *rest++ = *in++;
  }
}

void arenite_fully_connected_dsp_row_s8(const arenite_fully_connected_dsp_layer *layer, const int8_t *in,
                                        const arenite_pair_weights *weights, const int32_t *bias,
                                        const arenite_scale *scales, int8_t *out) {
  const int32_t zero_point = layer->output_zero_point;
  const int32_t low = layer->activation_min;
  const int32_t high = layer->activation_max;
  const int32_t step = layer->scale_step;
  const int32_t left_over = layer->inputs & 3;
  const int32_t fours[2] = {layer->inputs >> 2, left_over > 0};
  int8_t rest[4];
  const int8_t *const inputs[2] = {in, rest};
  copy_rest(in + (layer->inputs - left_over), left_over, rest);
  const int32_t offset = -128 * (arenite_sum_fours(in, fours[0]) + arenite_sum_fours(rest, fours[1]));
  for (int32_t left = layer->outputs; left > 0; left -= 4) {
    arenite_pair_sums sums = {offset, offset, offset, offset};
    for (int32_t part = 0; part <= fours[1]; ++part) {
      if (fours[part] > 0) {
        sums = arenite_pair_dot(sums, inputs[part], weights, fours[part]);
        weights += 4 * fours[part];
      }
    }
    const int32_t acc[4] = {sums.low01, arenite_pair_second(sums.both01, sums.low01) >> 8, sums.low23,
                            arenite_pair_second(sums.both23, sums.low23) >> 8};
    const int32_t count = left < 4 ? left : 4;
    for (int32_t i = 0; i < count; ++i) {
      *out++ = arenite_store(arenite_rescale(arenite_add(acc[i], *bias++), scales), zero_point, low, high);
      scales += step;
    }
  }
}

void arenite_fully_connected_dsp_s8(const arenite_fully_connected_dsp_layer *layer, const int8_t *in,
                                    const arenite_pair_weights *weights, const int32_t *bias,
                                    const arenite_scale *scales, int8_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_fully_connected_dsp_row_s8(layer, in, weights, bias, scales, out);
    in += layer->inputs;
    out += layer->outputs;
  }
}
