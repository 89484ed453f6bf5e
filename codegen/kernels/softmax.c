#include "softmax.h"

/* 1 / (2 d) in Q0.31, for d in [1/2, 1) in Q0.31: Newton-Raphson for x = 1 / d in Q2.29, begun at 48/17 - 32/17 d, the
 * line of least error. The number of steps and the places of rounding are those of TFLite's reference. */
static int32_t half_reciprocal(int32_t d) {
  int32_t x = 1515870810 + arenite_doubling_high_mul(d, -1010580540);
  for (int32_t i = 0; i < 3; ++i) {
    const int32_t error = (1 << 29) - arenite_doubling_high_mul(d, x);
    x += arenite_doubling_high_mul(x, error) * 4;
  }
  return x >= 1 << 30 ? INT32_MAX : x * 2;
}

static inline int32_t exponential(const arenite_softmax_layer *layer, const int32_t *exponentials, int32_t below) {
  return below < layer->entries ? exponentials[below] : 0;
}

void arenite_softmax_row_s8(const arenite_softmax_layer *layer, const int8_t *in, const int32_t *exponentials,
                            int8_t *out) {
  const int32_t depth = layer->depth;
  int32_t largest = -128;
  for (int32_t i = 0; i < depth; ++i) {
    largest = in[i] > largest ? in[i] : largest;
  }
  uint32_t sum = 0; /* Q12.19, at least 1 */
  for (int32_t i = 0; i < depth; ++i) {
    sum += (uint32_t)arenite_rounding_shift(exponential(layer, exponentials, largest - in[i]), 12);
  }
  int32_t exponent = 35; /* of the output's unit, 2^-8, when sum is in [1/2, 1) * 2^32 */
  while (sum < UINT32_C(1) << 31) {
    sum <<= 1;
    --exponent;
  }
  const int32_t scale = half_reciprocal((int32_t)(sum >> 1));
  for (int32_t i = 0; i < depth; ++i) {
    const int32_t share =
        arenite_doubling_high_mul(scale, exponential(layer, exponentials, largest - in[i]));
    /* From a sum of 512 on, no share reaches half a unit. */
    const int32_t result = exponent > 31 ? 0 : arenite_rounding_shift(share, exponent);
    out[i] = (int8_t)(arenite_clamp(result, 0, 255) - 128);
  }
}

void arenite_softmax_s8(const arenite_softmax_layer *layer, const int8_t *in, const int32_t *exponentials,
                        int8_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_softmax_row_s8(layer, in, exponentials, out);
    in += layer->depth;
    out += layer->depth;
  }
}
