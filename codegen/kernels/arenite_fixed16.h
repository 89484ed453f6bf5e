/* Logistic function and tanh of 16-bit fixed-point numbers as gemmlowp computes them, bit for bit: e to a negative power
 * as a polynomial and a product of tabulated powers, and a reciprocal by three steps of Newton's method.
 *
 * Qm.n is a number with n bits after the point; results are Q0.15. */
#ifndef ARENITE_FIXED16_H
#define ARENITE_FIXED16_H

#include "arenite_words.h"

/* a * b in Q0.15, rounded, ties upwards; not for -1 * -1. */
static inline int32_t arenite_mul16(int32_t a, int32_t b) { return (a * b + (1 << 14)) >> 15; }

/* exp(x), x < 0, of a number with `integer_bits` before the point, 1 to 7. */
static inline int32_t arenite_exp16(int32_t x, int32_t integer_bits) {
  /* exp(-2^k) in Q0.15 for k = -2, -1, ..., 3; the next is 0. */
  static const int16_t powers[6] = {25520, 19875, 12055, 4435, 600, 11};
  const int32_t quarter = 1 << (13 - integer_bits);
  const int32_t part = (x & (quarter - 1)) - quarter;
  const int32_t quarters = (part - x) >> (13 - integer_bits);
  if (integer_bits > 5 && x < -(1 << (20 - integer_bits))) {
    return 0;
  }
  /* A Taylor expansion around -1/8 of what is between -1/4 and 0. */
  const int32_t t = part * (1 << integer_bits) + (1 << 12);
  const int32_t t2 = arenite_mul16(t, t);
  const int32_t fourth = arenite_rounding_shift(arenite_mul16(t2, t2), 2);
  const int32_t rest = arenite_rounding_shift(arenite_mul16(fourth + arenite_mul16(t2, t), 10923) + t2, 1);
  const int32_t start = 28918 + arenite_mul16(28918, t + rest);
  int32_t result = start > INT16_MAX ? INT16_MAX : start;
  for (int32_t bit = 0; quarters >> bit != 0; ++bit) {
    if (quarters >> bit & 1) {
      result = bit < 6 ? arenite_mul16(result, powers[bit]) : 0;
    }
  }
  return result;
}

/* 2 / (1 + x) in Q2.13, for x in [0, 1). */
static inline int32_t arenite_reciprocal16(int32_t x) {
  const int32_t half = (x + (1 << 15)) >> 1;
  int32_t result = 23130 + arenite_mul16(half, -15420);
  for (int32_t i = 0; i < 3; ++i) {
    result += arenite_mul16(result, (1 << 13) - arenite_mul16(half, result)) * 4;
  }
  return result;
}

/* 1 / (1 + exp(-x)) of a number in Q3.12. */
ARENITE_NOINLINE int32_t arenite_logistic16(int32_t x) {
  if (x == 0) {
    return 1 << 14;
  }
  const int32_t reciprocal = arenite_reciprocal16(arenite_exp16(x > 0 ? -x : x, 3)) * 2;
  const int32_t result = reciprocal > INT16_MAX ? INT16_MAX : reciprocal;
  return x > 0 ? result : INT16_MAX - result;
}

/* tanh(x) of a number with `integer_bits` before the point, 0 to 6. */
ARENITE_NOINLINE int32_t arenite_tanh16(int32_t x, int32_t integer_bits) {
  if (x == 0) {
    return 0;
  }
  const int32_t share = (arenite_reciprocal16(arenite_exp16(x > 0 ? -x : x, integer_bits + 1)) - (1 << 13)) * 4;
  const int32_t result = share > INT16_MAX ? INT16_MAX : share;
  return x > 0 ? result : -result;
}

#endif
