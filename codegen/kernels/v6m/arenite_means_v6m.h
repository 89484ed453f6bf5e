/* Rounding of sums of few elements on Armv6-M. */
#ifndef ARENITE_MEANS_V6M_H
#define ARENITE_MEANS_V6M_H

#include "arenite_words.h"

/* (value * multiplier / 2^(16 + first_shift) + half) / 2^shift, rounded to nearest, ties upwards, and down, of values
 * up to 255 * 256. The multiplier is upper * 2^16 + lower, where lower is in [-2^15, 2^15), and not negative. `offset`
 * is added to a sum for its value, and half has 128 and the zero point of the output. */
typedef struct {
  int32_t offset;
  int32_t lower;
  int32_t upper;
  int32_t first_shift;
  int32_t half;
  int32_t shift;
} arenite_mean_terms;

static inline arenite_mean_terms arenite_terms_of(int32_t offset, int32_t multiplier, int32_t first_shift,
                                                  int32_t shift, int32_t zero_point) {
  const int32_t lower = (int16_t)multiplier;
  const int32_t upper = ((multiplier >> 15) + 1) >> 1;
  const int32_t half = (1 << (shift - 1)) + ((zero_point + 128) << shift);
  const arenite_mean_terms terms = {offset, lower, upper, first_shift, half, shift};
  return terms;
}

/* For sum * multiplier * 2^(shift - 31), rounded twice; -21 <= shift <= -1. */
static inline arenite_mean_terms arenite_terms_twice(int32_t offset, int32_t multiplier, int32_t shift,
                                                     int32_t zero_point) {
  return arenite_terms_of(offset, multiplier, 15, -shift, zero_point);
}

/* For what arenite_scale_as_float gives; the code shifts to the left by 14 at most. */
static inline arenite_mean_terms arenite_terms_as_float(int32_t offset, int32_t multiplier, int32_t code,
                                                        int32_t zero_point) {
  return arenite_terms_of(offset, multiplier, 16 - ~(code >> 6), (code & 63) + 1, zero_point);
}

static inline int32_t arenite_first_product(const arenite_mean_terms *terms, int32_t value) {
  const int32_t product = value * terms->upper + (value * terms->lower >> 16);
  return (product + (1 << (terms->first_shift - 1))) >> terms->first_shift;
}

static inline int8_t arenite_int8_of(int32_t above) { return (int8_t)(arenite_clamp(above, 0, 255) - 128); }

/* The output of a sum. */
static inline int8_t arenite_mean_twice(const arenite_mean_terms *terms, int32_t sum, int32_t multiplier,
                                        int32_t shift) {
  (void)multiplier;
  (void)shift;
  const int32_t value = sum + terms->offset;
  return arenite_int8_of((arenite_first_product(terms, value) + terms->half + (value >> 31)) >> terms->shift);
}

/* Whether `result`, of a sum, is next to a tie, and the sum is another one with rounding to even in float32. */
static inline int32_t arenite_next_to_tie(const arenite_mean_terms *terms, int32_t result) {
  return (uint32_t)result << (32 - terms->shift) == 0;
}

#endif
