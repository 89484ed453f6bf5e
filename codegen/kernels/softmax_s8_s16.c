#include "softmax_s8_s16.h"
#include "arenite_shares.h"

static inline int32_t exponential(const arenite_softmax_layer *layer, const int32_t *exponentials, int32_t below) {
  return below < layer->entries ? exponentials[below] : 0;
}

void arenite_softmax_row_s8_s16(const arenite_softmax_layer *layer, const int8_t *in, const int32_t *exponentials,
                                int16_t *out) {
  const int32_t depth = layer->depth;
  int32_t largest = -128;
  for (int32_t i = 0; i < depth; ++i) {
    largest = in[i] > largest ? in[i] : largest;
  }
  uint32_t sum = 0; /* Q12.19, at least 1 */
  for (int32_t i = 0; i < depth; ++i) {
    sum += (uint32_t)arenite_rounding_shift(exponential(layer, exponentials, largest - in[i]), 12);
  }
  const arenite_share share = arenite_share_of(sum);
  for (int32_t i = 0; i < depth; ++i) {
    const int32_t part =
        arenite_doubling_high_mul(share.multiplier, exponential(layer, exponentials, largest - in[i]));
    const int32_t result = arenite_rounding_shift(part, share.exponent - 8); /* in units of 2^-16 */
    out[i] = (int16_t)(arenite_clamp(result, 0, UINT16_MAX) + INT16_MIN);
  }
}

void arenite_softmax_s8_s16(const arenite_softmax_layer *layer, const int8_t *in, const int32_t *exponentials,
                            int16_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_softmax_row_s8_s16(layer, in, exponentials, out);
    in += layer->depth;
    out += layer->depth;
  }
}
