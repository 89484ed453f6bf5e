/* Means of int8, rounded as float32 arithmetic does, for the DSP extension. */
#ifndef ARENITE_MEANS_ONCE_DSP_H
#define ARENITE_MEANS_ONCE_DSP_H

#include "arenite_means_dsp.h"
#include "float_rounding.h"

ARENITE_NOINLINE uint32_t arenite_mean_near_tie(const arenite_mean_scaling *s, int32_t value) {
  const int32_t code = s->shift - 64 * (1 + s->left);
  const int32_t zero_point = s->rounding >> s->shift >> 1;
  return (uint32_t)arenite_clamp(arenite_scale_as_float(value >> s->left, s->multiplier, code, 0) + zero_point, 0, 255);
}

/* arenite_mean_of, rounded as float32 arithmetic does. */
static inline uint32_t arenite_mean_once_of(const arenite_mean_scaling *s, int32_t value) {
  const int32_t high = arenite_rounded_high_mac(s->rounding, value, s->multiplier);
  if ((uint32_t)high << (31 - s->shift) == 0) {
    return arenite_mean_near_tie(s, value);
  }
  return arenite_unsigned_half(high >> s->shift);
}

ARENITE_NOINLINE uint32_t arenite_four_means_once(const arenite_mean_scaling *s, arenite_halves even,
                                                  arenite_halves odd) {
  return arenite_bytes_less_128(arenite_mean_once_of(s, arenite_mac_low(s->offset, even, s->factor)),
                                arenite_mean_once_of(s, arenite_mac_low(s->offset, odd, s->factor)),
                                arenite_mean_once_of(s, arenite_mac_high(s->offset, even, s->factor)),
                                arenite_mean_once_of(s, arenite_mac_high(s->offset, odd, s->factor)));
}

#endif
