#include "softmax_v6m.h"
#include "arenite_exponentials_v6m.h"

/* What arenite_half_reciprocal gives. */
static int32_t half_reciprocal(int32_t d) {
  int32_t x = 1515870810 + arenite_doubling_high_mul_v6m(d, -1010580540);
  for (int32_t i = 0; i < 3; ++i) {
    const int32_t error = (1 << 29) - arenite_doubling_high_mul_v6m(d, x);
    x += arenite_doubling_high_mul_v6m(x, error) * 4;
  }
  return x >= 1 << 30 ? INT32_MAX : x * 2;
}

void arenite_softmax_v6m_row_s8(const arenite_softmax_v6m_layer *layer, const int8_t *in, const int32_t *exponentials,
                                int8_t *out) {
  const int32_t depth = layer->depth;
  const int32_t entries = layer->entries;
  const int32_t largest = arenite_largest(in, depth);
  uint32_t sum = 0; /* Q12.19, at least 1 */
  for (int32_t i = 0; i < depth; ++i) {
    const int32_t below = largest - in[i];
    if (below < entries) {
      sum += ((uint32_t)exponentials[below] + (1u << 11)) >> 12;
    }
  }
  int32_t exponent = 35; /* of the output's unit, 2^-8, when sum is in [1/2, 1) * 2^32 */
  while (sum < UINT32_C(1) << 31) {
    sum <<= 1;
    --exponent;
  }
  const int32_t scale = half_reciprocal((int32_t)(sum >> 1));
  for (int32_t i = 0; i < depth; ++i) {
    const int32_t below = largest - in[i];
    uint32_t result = 0;
    /* From a sum of 512 on, no share reaches half a unit. */
    if (below < entries && exponent <= 31) {
      const int32_t share = arenite_doubling_high_mul_v6m(scale, exponentials[below]);
      result = ((uint32_t)share + (UINT32_C(1) << (exponent - 1))) >> exponent;
    }
    out[i] = (int8_t)((int32_t)(result < 255u ? result : 255u) - 128);
  }
}

void arenite_softmax_v6m_s8(const arenite_softmax_v6m_layer *layer, const int8_t *in, const int32_t *exponentials,
                            int8_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_softmax_v6m_row_s8(layer, in, exponentials, out);
    in += layer->depth;
    out += layer->depth;
  }
}
