/* Eight int8 at once, and their sums, for the DSP extension. */
#ifndef ARENITE_EIGHTS_DSP_H
#define ARENITE_EIGHTS_DSP_H

#include "arenite_words_bytes_dsp.h"

/* Elements of int8 of which two int16 hold the sums. */
#define ARENITE_HALF_ELEMENTS 256

/* Eight int8 that follow each other. */
typedef struct {
  uint32_t first;
  uint32_t second;
} arenite_int8x8;

/* Their sums: those of elements 0 and 2, 1 and 3, 4 and 6, 5 and 7. */
typedef struct {
  arenite_halves even;
  arenite_halves odd;
  arenite_halves second_even;
  arenite_halves second_odd;
} arenite_int8x8_sums;

static inline arenite_int8x8_sums arenite_int8x8_plus(arenite_int8x8_sums sums, const int8_t *in) {
  const uint32_t first = arenite_load_four(in);
  const uint32_t second = arenite_load_four(in + 4);
  sums.even = arenite_plus_even_bytes(sums.even, first);
  sums.odd = arenite_plus_odd_bytes(sums.odd, first);
  sums.second_even = arenite_plus_even_bytes(sums.second_even, second);
  sums.second_odd = arenite_plus_odd_bytes(sums.second_odd, second);
  return sums;
}

static inline arenite_int8x8_sums arenite_int8x8_sums_zero(void) {
  const arenite_int8x8_sums sums = {0, 0, 0, 0};
  return sums;
}

/* Sums in memory. */
#define ARENITE_INT8X8_SUMS_WORDS 4

static inline arenite_int8x8_sums arenite_int8x8_sums_load(const int32_t *in) {
  const arenite_int8x8_sums sums = {(uint32_t)in[0], (uint32_t)in[1], (uint32_t)in[2], (uint32_t)in[3]};
  return sums;
}

static inline void arenite_int8x8_sums_store(int32_t *out, arenite_int8x8_sums sums) {
  out[0] = (int32_t)sums.even;
  out[1] = (int32_t)sums.odd;
  out[2] = (int32_t)sums.second_even;
  out[3] = (int32_t)sums.second_odd;
}

static inline arenite_int8x8 arenite_int8x8_load(const int8_t *in) {
  const arenite_int8x8 values = {arenite_load_four(in), arenite_load_four(in + 4)};
  return values;
}

static inline arenite_int8x8 arenite_int8x8_max(arenite_int8x8 largest, const int8_t *in) {
  largest.first = arenite_int8x4_max(largest.first, arenite_load_four(in));
  largest.second = arenite_int8x4_max(largest.second, arenite_load_four(in + 4));
  return largest;
}

static inline void arenite_int8x8_store(int8_t *out, arenite_int8x8 values) {
  arenite_store_four(out, values.first);
  arenite_store_four(out + 4, values.second);
}

#endif
