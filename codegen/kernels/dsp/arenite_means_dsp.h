/* Means of int8, requantised, for the DSP extension. */
#ifndef ARENITE_MEANS_DSP_H
#define ARENITE_MEANS_DSP_H

#include "arenite_eights_dsp.h"

/* (sum * factor + offset) * multiplier / 2^32 / 2^shift / 2, with what is added for rounding, and for the output's zero
 * point to count from -128; the factor is 2^left. */
typedef struct {
  arenite_halves factor;
  int32_t offset;
  int32_t multiplier;
  int32_t rounding;
  int32_t shift;
  int32_t left;
} arenite_mean_scaling;

static inline arenite_mean_scaling arenite_mean_scaling_of(int32_t left, int32_t offset, int32_t multiplier,
                                                           int32_t rounding, int32_t shift) {
  const arenite_mean_scaling result = {arenite_halves_of(1 << left, 1 << left), offset, multiplier,
                                       rounding * (1 << shift), shift, left};
  return result;
}

/* An output plus 128, rounded to nearest by the multiplication and by the shift, which has ties away from zero. */
static inline uint32_t arenite_mean_of(const arenite_mean_scaling *s, int32_t value) {
  return arenite_unsigned_half((arenite_rounded_high_mac(s->rounding, value, s->multiplier) + (value >> 31)) >>
                               s->shift);
}

/* Outputs from four sums. */
static inline uint32_t arenite_four_means(const arenite_mean_scaling *s, arenite_halves even, arenite_halves odd) {
  return arenite_bytes_less_128(arenite_mean_of(s, arenite_mac_low(s->offset, even, s->factor)),
                                arenite_mean_of(s, arenite_mac_low(s->offset, odd, s->factor)),
                                arenite_mean_of(s, arenite_mac_high(s->offset, even, s->factor)),
                                arenite_mean_of(s, arenite_mac_high(s->offset, odd, s->factor)));
}

#endif
