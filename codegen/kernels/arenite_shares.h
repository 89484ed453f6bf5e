/* What the kernels of softmax do once per row: from the sum of exponentials to the factor that makes shares of them. */
#ifndef ARENITE_SHARES_H
#define ARENITE_SHARES_H

#include "arenite_words.h"

/* multiplier * 2^-exponent; the multiplier is in [0, 2^31). */
typedef struct {
  int32_t multiplier;
  int32_t exponent;
} arenite_share;

/* 1 / (2 d) in Q0.31, for d in [1/2, 1) in Q0.31: Newton-Raphson for x = 1 / d in Q2.29, begun at 48/17 - 32/17 d, the
 * line of least error. The number of steps and the places of rounding are those of TFLite's reference. */
ARENITE_INLINE int32_t arenite_half_reciprocal(int32_t d) {
  int32_t x = 1515870810 + arenite_doubling_high_mul(d, -1010580540);
  for (int32_t i = 0; i < 3; ++i) {
    const int32_t error = (1 << 29) - arenite_doubling_high_mul(d, x);
    x += arenite_doubling_high_mul(x, error) * 4;
  }
  return x >= 1 << 30 ? INT32_MAX : x * 2;
}

/* Of exponentials in Q0.31, for a sum of them in Q12.19, at least 1: shares in units of 2^-8 are rounded after the
 * multiplication, which doubles, and after the shift. Where the exponent exceeds 31, no share reaches half a unit. */
ARENITE_NOINLINE arenite_share arenite_share_of(uint32_t sum) {
  int32_t exponent = 35; /* when sum is in [1/2, 1) * 2^32 */
  while (sum < UINT32_C(1) << 31) {
    sum <<= 1;
    --exponent;
  }
  const arenite_share result = {arenite_half_reciprocal((int32_t)(sum >> 1)), exponent};
  return result;
}

/* floor(2^62 / d) for d in [2^31, 2^32), bit by bit: once per row, and without a library's division of 64 bits. */
ARENITE_INLINE uint32_t arenite_reciprocal(uint32_t d) {
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
ARENITE_NOINLINE arenite_share arenite_steps_of(uint64_t sum, int32_t steps) {
  int32_t shift = 0;
  while (sum >= UINT64_C(1) << 32) {
    sum >>= 1;
    ++shift;
  }
  while (sum < UINT64_C(1) << 31) {
    sum <<= 1;
    --shift;
  }
  uint64_t multiplier = (uint64_t)arenite_reciprocal((uint32_t)sum) * (uint32_t)steps;
  int32_t exponent = 62 + shift;
  while (multiplier >= UINT64_C(1) << 31) {
    multiplier >>= 1;
    --exponent;
  }
  const arenite_share result = {(int32_t)multiplier, exponent};
  return result;
}

/* value * share to the nearest integer. What is next to a tie would be one but for what the share has been rounded; it
 * goes to the even neighbour. */
static inline int32_t arenite_share_rounded(int32_t value, arenite_share share) {
  if (share.exponent > 62) {
    return 0;
  }
  const int64_t unit = INT64_C(1) << share.exponent;
  const int64_t margin = unit >> 20;
  const int64_t sum = (int64_t)value * share.multiplier + (unit >> 1) + margin;
  const int32_t upper = (int32_t)(sum >> share.exponent);
  return (sum & (unit - 1)) <= 2 * margin ? upper - (upper & 1) : upper;
}

#endif
