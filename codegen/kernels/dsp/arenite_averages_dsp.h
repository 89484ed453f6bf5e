/* Averages of int8 for the DSP extension. */
#ifndef ARENITE_AVERAGES_DSP_H
#define ARENITE_AVERAGES_DSP_H

#include "arenite_eights_dsp.h"

/* What averages of the same number of elements have in common: a little more than 2^30 / count, and what the
 * activation leaves, as four bytes. */
typedef struct {
  int32_t reciprocal;
  uint32_t lowest;
  uint32_t highest;
} arenite_averages;

/* A little more, since ties then go away from zero; what is no tie is too far from one. */
static inline int32_t arenite_average_reciprocal(int32_t count) { return (1 << 30) / count + 1; }

/* The averages of four elements' sums, to nearest, ties away from zero, and clamped. */
static inline uint32_t arenite_averages_of(const arenite_averages *by, arenite_halves even, arenite_halves odd) {
  const int32_t half = 1 << 13;
  const uint32_t first = (uint8_t)(arenite_wide_mac_low(half, by->reciprocal, even) >> 14);
  const uint32_t second = (uint8_t)(arenite_wide_mac_low(half, by->reciprocal, odd) >> 14);
  const uint32_t third = (uint8_t)(arenite_wide_mac_high(half, by->reciprocal, even) >> 14);
  const uint32_t fourth = (uint32_t)(arenite_wide_mac_high(half, by->reciprocal, odd) >> 14);
  const uint32_t all = first | second << 8 | third << 16 | fourth << 24;
  return arenite_int8x4_min(arenite_int8x4_max(all, by->lowest), by->highest);
}

static inline arenite_int8x8 arenite_int8x8_averages(const arenite_averages *by, arenite_int8x8_sums sums) {
  const arenite_int8x8 result = {arenite_averages_of(by, sums.even, sums.odd),
                                arenite_averages_of(by, sums.second_even, sums.second_odd)};
  return result;
}

#endif
