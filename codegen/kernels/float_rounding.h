/* Integers that stand for float32 arithmetic: what ONNX Runtime computes in floating point, bit for bit, without it. */
#ifndef ARENITE_FLOAT_ROUNDING_H
#define ARENITE_FLOAT_ROUNDING_H

#include "arenite_words.h"

/* A real multiplier of 24 significant bits in two words: multiplier * 2^(left - 33 - exponent), where the multiplier is
 * not negative, exponent is code mod 64, in [0, 12], and left = -1 - floor(code / 64), in [0, 30]. */

/* The float32 next to value, which is an integer in units of a power of 2; ties to even. */
int64_t arenite_float_of(int64_t value);

/* The float32 next to value * 2^-exponent / divisor, in units of 2^-exponent once that has been changed. The value stands
 * for a float32, the divisor is in (0, 2^24]. */
int64_t arenite_float_quotient(int64_t value, int32_t *exponent, int32_t divisor);

/* value / 2^exponent to the nearest integer, ties to even; exponent >= 1, and 0 is the result where it exceeds 62. */
int32_t arenite_round_to_even(int64_t value, int32_t exponent);

/* What arenite_scale_as_float gives, or ARENITE_NEAR_TIE where it is next to a number between two integers. */
#define ARENITE_NEAR_TIE INT32_MIN
int32_t arenite_scale_off_ties(int32_t value, int32_t multiplier, int32_t code);

/* rint(float(value) * scale + offset) - offset, where every operation rounds to float32 and rint has ties to even. What
 * is beyond 512 may come out as anything else beyond 512 of the same sign. */
int32_t arenite_scale_as_float(int32_t value, int32_t multiplier, int32_t code, int32_t offset);

/* acc * the real multiplier of a channel or scale, whose exponent is the code. */
static inline int32_t arenite_requantise_as_float(int32_t acc, const arenite_channel *channel) {
  return arenite_scale_as_float(acc, channel->multiplier, channel->exponent, 0);
}

static inline int32_t arenite_rescale_as_float(int32_t acc, const arenite_scale *scale) {
  return arenite_scale_as_float(acc, scale->multiplier, scale->exponent, 0);
}

#endif
