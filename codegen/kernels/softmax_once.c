#include "softmax_once.h"

/* multiplier * 2^-exponent; the multiplier is in [0, 2^31). */
typedef struct {
  int32_t multiplier;
  int32_t exponent;
} scale;

/* floor(2^62 / d) for d in [2^31, 2^32), bit by bit: once per row, and without a library's division of 64 bits. */
static uint32_t reciprocal(uint32_t d) {
  uint64_t remainder = UINT64_C(1) << 30;
  uint32_t quotient = 0;
  for (int32_t bit = 0; bit < 32; ++bit) {
    remainder <<= 1;
    quotient <<= 1;
    if (remainder >= d) {
      remainder -= d;
      quotient |= 1u;
    }
  }
  return quotient;
}

/* steps / sum */
static scale share_scale(uint64_t sum, int32_t steps) {
  int32_t shift = 0;
  while (sum >= UINT64_C(1) << 32) {
    sum >>= 1;
    ++shift;
  }
  while (sum < UINT64_C(1) << 31) {
    sum <<= 1;
    --shift;
  }
  uint64_t multiplier = (uint64_t)reciprocal((uint32_t)sum) * (uint32_t)steps;
  int32_t exponent = 62 + shift;
  while (multiplier >= UINT64_C(1) << 31) {
    multiplier >>= 1;
    --exponent;
  }
  const scale result = {(int32_t)multiplier, exponent};
  return result;
}

/* value * scale to the nearest integer. What is next to a tie would be one but for what the scale has been rounded; it
 * goes to the even neighbour. */
static int32_t rounded(int32_t value, scale by) {
  if (by.exponent > 62) {
    return 0;
  }
  const int64_t unit = INT64_C(1) << by.exponent;
  const int64_t margin = unit >> 20;
  const int64_t sum = (int64_t)value * by.multiplier + (unit >> 1) + margin;
  const int32_t upper = (int32_t)(sum >> by.exponent);
  return (sum & (unit - 1)) <= 2 * margin ? upper - (upper & 1) : upper;
}

static inline int32_t exponential(const arenite_softmax_once_layer *layer, const int32_t *exponentials, int32_t below) {
  return below < layer->entries ? exponentials[below] : 0;
}

void arenite_softmax_once_row_s8(const arenite_softmax_once_layer *layer, const int8_t *in,
                                 const int32_t *exponentials, int8_t *out) {
  const int32_t depth = layer->depth;
  int32_t largest = -128;
  for (int32_t i = 0; i < depth; ++i) {
    largest = in[i] > largest ? in[i] : largest;
  }
  uint64_t sum = 0;
  for (int32_t i = 0; i < depth; ++i) {
    sum += (uint64_t)exponential(layer, exponentials, largest - in[i]);
  }
  const scale share = share_scale(sum, layer->steps);
  for (int32_t i = 0; i < depth; ++i) {
    const int32_t result = rounded(exponential(layer, exponentials, largest - in[i]), share);
    out[i] = arenite_store(result, layer->output_zero_point, -128, 127);
  }
}

void arenite_softmax_once_s8(const arenite_softmax_once_layer *layer, const int8_t *in, const int32_t *exponentials,
                             int8_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_softmax_once_row_s8(layer, in, exponentials, out);
    in += layer->depth;
    out += layer->depth;
  }
}
