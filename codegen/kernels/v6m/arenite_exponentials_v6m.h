/* What both kernels of softmax on Armv6-M need. */
#ifndef ARENITE_EXPONENTIALS_V6M_H
#define ARENITE_EXPONENTIALS_V6M_H

#include "arenite_words.h"

static inline int32_t arenite_largest(const int8_t *in, int32_t count) {
  int32_t largest = *in++;
  while (--count > 0) {
    const int32_t value = *in++;
    largest = value > largest ? value : largest;
  }
  return largest;
}

/* value / 2^16, to nearest, ties upwards. */
static inline int32_t arenite_upper_half(int32_t value) { return ((value >> 15) + 1) >> 1; }

/* What arenite_doubling_high_mul gives for numbers greater than -2^31: products of halves of the numbers, the lower
 * ones in [-2^15, 2^15). */
static inline int32_t arenite_doubling_high_mul_v6m(int32_t a, int32_t b) {
  const int32_t a_low = (int16_t)a;
  const int32_t b_low = (int16_t)b;
  const int32_t a_high = arenite_upper_half(a);
  const int32_t b_high = arenite_upper_half(b);
  const int32_t middle = a_high * b_low + a_low * b_high + (a_low * b_low >> 16);
  return (int32_t)((uint32_t)(a_high * b_high) * 2u + (uint32_t)((middle + (1 << 14)) >> 15));
}

#endif
