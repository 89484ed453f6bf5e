/* Rounding of bodies on Armv6-M as ONNX Runtime does it. */
#ifndef ARENITE_REQUANTISE_V6M_ONCE_H
#define ARENITE_REQUANTISE_V6M_ONCE_H

#include "arenite_words_v6m.h"
#include "float_rounding.h"

/* What arenite_requantise_pixels does, of channels whose multipliers are codes for arenite_scale_as_float. */
static inline void arenite_requantise_pixels_as_float(const int32_t *sums, int32_t count,
                                                      const arenite_channel *channel, int32_t zero_point, int8_t *out,
                                                      int32_t stride) {
  for (; count > 0; --count) {
    *out = arenite_saturate(arenite_requantise_as_float(*sums++, channel), zero_point);
    out += stride;
  }
}

#endif
