/* Logistic function and tanh of 16-bit numbers, between the entries of a table: 1 / (1 + exp(-i / 24)) in Q0.16 for
 * i = 0, 1, ..., 255. */
#ifndef ARENITE_SIGMOID_S16_H
#define ARENITE_SIGMOID_S16_H

#include "arenite_words.h"

/* The logistic function of magnitude / 2^bits / 24, in Q0.16 times 2^bits; `end` from the last entry on. */
static inline int32_t arenite_sigmoid_entry(const uint16_t *table, uint32_t magnitude, int32_t bits, int32_t end) {
  const uint32_t entry = magnitude >> bits;
  if (entry >= 255) {
    return end;
  }
  const int32_t rest = (int32_t)(magnitude - (entry << bits));
  return table[entry] * (1 << bits) + rest * (table[entry + 1] - table[entry]);
}

static inline uint32_t arenite_magnitude(int32_t value) { return value < 0 ? 0u - (uint32_t)value : (uint32_t)value; }

/* 1 / (1 + exp(-x / 12288)) in Q0.15. */
static inline int16_t arenite_tabulated_logistic(const uint16_t *table, int32_t x) {
  const int32_t result = arenite_sigmoid_entry(table, arenite_magnitude(x), 9, INT16_MAX << 10);
  return (int16_t)((x >= 0 ? result + (1 << 9) : (1 << 25) - result + (1 << 9) - 1) >> 10);
}

/* tanh(x / 12288) in Q0.15: 2 / (1 + exp(-2 x)) - 1. */
static inline int16_t arenite_tabulated_tanh(const uint16_t *table, int32_t x) {
  const int32_t result = arenite_sigmoid_entry(table, arenite_magnitude(x), 8, UINT16_MAX << 8) - (1 << 23);
  return (int16_t)((x >= 0 ? result + (1 << 7) : -result + (1 << 7) - 1) >> 8);
}

#endif
