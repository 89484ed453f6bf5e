#include "mean.h"

static int8_t scaled(const arenite_mean_layer *layer, int32_t sum) {
  const int32_t mean = arenite_requantise_twice(sum + layer->offset, layer->multiplier, layer->shift);
  return (int8_t)arenite_clamp(mean + layer->output_zero_point, -128, 127);
}

void arenite_mean_row_s8(const arenite_mean_layer *layer, const int8_t *in, int8_t *out) {
  const int32_t inner = layer->inner;
  int32_t c = 0;
  /* Four neighbours at a time: the loop over what is reduced is paid once for them. */
  for (; c + 4 <= inner; c += 4) {
    const int8_t *p = in + c;
    int32_t sum0 = 0;
    int32_t sum1 = 0;
    int32_t sum2 = 0;
    int32_t sum3 = 0;
    for (int32_t i = layer->reduced; i > 0; --i) {
      sum0 += p[0];
      sum1 += p[1];
      sum2 += p[2];
      sum3 += p[3];
      p += inner;
    }
    out[c] = scaled(layer, sum0);
    out[c + 1] = scaled(layer, sum1);
    out[c + 2] = scaled(layer, sum2);
    out[c + 3] = scaled(layer, sum3);
  }
  for (; c < inner; ++c) {
    const int8_t *p = in + c;
    int32_t sum = 0;
    for (int32_t i = layer->reduced; i > 0; --i) {
      sum += *p;
      p += inner;
    }
    out[c] = scaled(layer, sum);
  }
}

void arenite_mean_s8(const arenite_mean_layer *layer, const int8_t *in, int8_t *out) {
  for (int32_t i = 0; i < layer->outer; ++i) {
    arenite_mean_row_s8(layer, in, out);
    in += layer->reduced * layer->inner;
    out += layer->inner;
  }
}
