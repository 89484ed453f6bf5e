#include "softmax_v6m_once.h"
#include "arenite_exponentials_v6m.h"
#include "arenite_shares.h"

/* Of shares for which the upper half of a product is enough: a distance from a tie is more than its last bit. */
#define LEAST_EXPONENT 52
#define GREATEST_EXPONENT 61

ARENITE_NOINLINE int32_t rounded_exactly(int32_t value, int32_t multiplier, int32_t exponent) {
  const arenite_share share = {multiplier, exponent};
  return arenite_share_rounded(value, share);
}

/* What arenite_share_rounded gives. The sum is in units of 2^31; as the product is rounded and the margin 1 wider, it
 * is up to 3/2 above the exact one, which does not matter beyond twice the margin. */
static inline int32_t rounded(int32_t value, const arenite_share *share) {
  const int32_t shift = share->exponent - 31;
  if (share->exponent < LEAST_EXPONENT || share->exponent > GREATEST_EXPONENT) {
    return rounded_exactly(value, share->multiplier, share->exponent);
  }
  const int32_t margin = (1 << (shift - 20)) + 1;
  const int32_t sum = arenite_doubling_high_mul_v6m(value, share->multiplier) + (1 << (shift - 1)) + margin;
  if ((sum & ((1 << shift) - 1)) <= 2 * margin) {
    return rounded_exactly(value, share->multiplier, share->exponent);
  }
  return sum >> shift;
}

void arenite_softmax_v6m_once_row_s8(const arenite_softmax_v6m_once_layer *layer, const int8_t *in,
                                     const int32_t *exponentials, int8_t *out) {
  const int32_t depth = layer->depth;
  const int32_t entries = layer->entries;
  const int32_t largest = arenite_largest(in, depth);
  uint64_t sum = 0;
  for (int32_t i = 0; i < depth; ++i) {
    const int32_t below = largest - in[i];
    if (below < entries) {
      sum += (uint32_t)exponentials[below];
    }
  }
  const arenite_share share = arenite_steps_of(sum, layer->steps);
  for (int32_t i = 0; i < depth; ++i) {
    const int32_t below = largest - in[i];
    const int32_t result = below < entries ? rounded(exponentials[below], &share) : 0;
    out[i] = arenite_saturate(result, layer->output_zero_point);
  }
}

void arenite_softmax_v6m_once_s8(const arenite_softmax_v6m_once_layer *layer, const int8_t *in,
                                 const int32_t *exponentials, int8_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_softmax_v6m_once_row_s8(layer, in, exponentials, out);
    in += layer->depth;
    out += layer->depth;
  }
}
