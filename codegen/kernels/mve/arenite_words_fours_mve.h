/* Words for Helium beside those of arenite_words_mve.h: vectors of four int32, of sums or of elements. Each has a
 * portable twin of the same result. */
#ifndef ARENITE_WORDS_FOURS_MVE_H
#define ARENITE_WORDS_FOURS_MVE_H

#include "arenite_words_mve.h"

#if ARENITE_MVE

/* arenite_four_requantise where all shifts are to the right, by at least 1. */
static inline arenite_four arenite_four_requantise_right(arenite_four sums, const int32_t *constants) {
  const int32x4_t acc = vaddq_s32(sums, vldrwq_s32(constants));
  const int32x4_t high = vqrdmulhq_s32(acc, vldrwq_s32(constants + 4));
  /* Plus -1 for negative sums, so that ties go away from zero. */
  return vrshlq_s32(vqdmlahq_n_s32(high, acc, 1), vldrwq_s32(constants + 8));
}

static inline arenite_four arenite_four_wrapped(arenite_four values, int32_t offset, int32_t low, int32_t high) {
  const int32x4_t moved = vaddq_n_s32(values, offset);
  const int32x4_t clamped = vminq_s32(vmaxq_s32(moved, vdupq_n_s32(low)), vdupq_n_s32(high));
  return vsubq_n_s32(clamped, offset);
}

/* Four elements of int8. */
static inline arenite_four arenite_four_load(const int8_t *in) { return vldrbq_s32(in); }

/* The first `count` of four; those behind are not read. */
static inline arenite_four arenite_four_load_some(const int8_t *in, int32_t count) {
  return vldrbq_z_s32(in, vctp32q((uint32_t)count));
}

/* values * gain + offset */
static inline arenite_four arenite_four_affine(arenite_four values, int32_t gain, int32_t offset) {
  return vaddq_n_s32(vmulq_n_s32(values, gain), offset);
}

/* sums + values * gain */
static inline arenite_four arenite_four_mac(arenite_four sums, arenite_four values, int32_t gain) {
  return vmlaq_n_s32(sums, values, gain);
}

static inline arenite_four arenite_four_multiply(arenite_four a, arenite_four b) { return vmulq_s32(a, b); }

/* values * multiplier / 2^31, to nearest, ties upwards; then / 2^right, to nearest, ties away from zero. `below` is 1,
 * or 0 where `right` is 0. */
static inline arenite_four arenite_four_scaled(arenite_four values, int32_t multiplier, int32_t right, int32_t below) {
  return vrshlq_n_s32(vqdmlahq_n_s32(vqrdmulhq_n_s32(values, multiplier), values, below), -right);
}

static inline arenite_four arenite_four_plus(arenite_four a, arenite_four b) { return vaddq_s32(a, b); }

static inline arenite_four arenite_four_load_sums(const int32_t *sums) { return vldrwq_s32(sums); }

/* The first `count` of four; those behind are neither read nor written. */
static inline arenite_four arenite_four_load_some_sums(const int32_t *sums, int32_t count) {
  return vldrwq_z_s32(sums, vctp32q((uint32_t)count));
}

static inline void arenite_four_store_some_sums(int32_t *sums, arenite_four values, int32_t count) {
  vstrwq_p_s32(sums, values, vctp32q((uint32_t)count));
}

/* sums / count, to nearest, ties away from zero; of sums of `count` <= 255 elements of int8. As the magnitude and half
 * the count are below 2^15 together, the quotient by a reciprocal of 23 bits, rounded up, is exact. */
static inline arenite_four arenite_four_average(arenite_four sums, int32_t count) {
  const int32_t reciprocal = (1 << 23) / count + 1;
  const int32x4_t magnitude = vaddq_n_s32(vabsq_s32(sums), count / 2);
  const int32x4_t quotient = vshrq_n_s32(vmulq_n_s32(magnitude, reciprocal), 23);
  return vnegq_m_s32(quotient, quotient, vcmpltq_n_s32(sums, 0));
}

/* values / 2^shift, rounded down. */
static inline arenite_four arenite_four_floor(arenite_four values, int32_t shift) {
  return vshlq_r_s32(values, -shift);
}

/* arenite_scale_off_ties of all values, where `ties` are INT32_MIN, and nowhere else. */
static inline arenite_four arenite_four_scale_off_ties(arenite_four values, int32_t multiplier, int32_t code,
                                                       arenite_four *ties) {
  const int32_t exponent = code & 63;
  const int32x4_t moved = vqshlq_r_s32(values, ~(code >> 6));
  const int32x4_t high = vrmulhq_s32(moved, vdupq_n_s32(multiplier));
  *ties = vshlq_r_s32(high, 31 - exponent);
  return vrshlq_n_s32(high, -1 - exponent);
}

/* Whether any of the values is INT32_MIN, whose magnitude is itself. */
static inline int32_t arenite_four_any_least(arenite_four values) { return vminvq_s32(0, vabsq_s32(values)) < 0; }

/* Whether any of the values has at most `limit` in its lowest bits, which `mask` selects. */
static inline int32_t arenite_four_any_below(arenite_four values, int32_t mask, int32_t limit) {
  return vcmpleq_n_s32(vandq_s32(values, vdupq_n_s32(mask)), limit) != 0;
}

#else

static inline arenite_four arenite_four_requantise_right(arenite_four sums, const int32_t *constants) {
  return arenite_four_requantise(sums, constants);
}

static inline arenite_four arenite_four_wrapped(arenite_four values, int32_t offset, int32_t low, int32_t high) {
  for (int32_t c = 0; c < 4; ++c) {
    values.lane[c] = arenite_clamp(arenite_add(values.lane[c], offset), low, high) - offset;
  }
  return values;
}

static inline arenite_four arenite_four_load_some(const int8_t *in, int32_t count) {
  arenite_four values;
  for (int32_t c = 0; c < 4; ++c) {
    values.lane[c] = c < count ? in[c] : 0;
  }
  return values;
}

static inline arenite_four arenite_four_load(const int8_t *in) { return arenite_four_load_some(in, 4); }

static inline arenite_four arenite_four_affine(arenite_four values, int32_t gain, int32_t offset) {
  for (int32_t c = 0; c < 4; ++c) {
    values.lane[c] = (int32_t)((uint32_t)values.lane[c] * (uint32_t)gain + (uint32_t)offset);
  }
  return values;
}

static inline arenite_four arenite_four_mac(arenite_four sums, arenite_four values, int32_t gain) {
  for (int32_t c = 0; c < 4; ++c) {
    sums.lane[c] = arenite_mac(sums.lane[c], values.lane[c], gain);
  }
  return sums;
}

static inline arenite_four arenite_four_multiply(arenite_four a, arenite_four b) {
  for (int32_t c = 0; c < 4; ++c) {
    a.lane[c] *= b.lane[c];
  }
  return a;
}

static inline arenite_four arenite_four_scaled(arenite_four values, int32_t multiplier, int32_t right, int32_t below) {
  (void)below;
  for (int32_t c = 0; c < 4; ++c) {
    values.lane[c] = arenite_rounding_shift(arenite_doubling_high_mul(values.lane[c], multiplier), right);
  }
  return values;
}

static inline arenite_four arenite_four_plus(arenite_four a, arenite_four b) {
  for (int32_t c = 0; c < 4; ++c) {
    a.lane[c] = arenite_add(a.lane[c], b.lane[c]);
  }
  return a;
}

static inline arenite_four arenite_four_load_some_sums(const int32_t *sums, int32_t count) {
  arenite_four values;
  for (int32_t c = 0; c < 4; ++c) {
    values.lane[c] = c < count ? sums[c] : 0;
  }
  return values;
}

static inline arenite_four arenite_four_load_sums(const int32_t *sums) { return arenite_four_load_some_sums(sums, 4); }

static inline void arenite_four_store_some_sums(int32_t *sums, arenite_four values, int32_t count) {
  for (int32_t c = 0; c < 4 && c < count; ++c) {
    sums[c] = values.lane[c];
  }
}

static inline arenite_four arenite_four_average(arenite_four sums, int32_t count) {
  for (int32_t c = 0; c < 4; ++c) {
    const int32_t sum = sums.lane[c];
    sums.lane[c] = (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
  }
  return sums;
}

static inline arenite_four arenite_four_floor(arenite_four values, int32_t shift) {
  for (int32_t c = 0; c < 4; ++c) {
    values.lane[c] >>= shift;
  }
  return values;
}

static inline arenite_four arenite_four_scale_off_ties(arenite_four values, int32_t multiplier, int32_t code,
                                                       arenite_four *ties) {
  for (int32_t c = 0; c < 4; ++c) {
    values.lane[c] = arenite_scale_off_ties(values.lane[c], multiplier, code);
    ties->lane[c] = values.lane[c] == ARENITE_NEAR_TIE ? INT32_MIN : 0;
  }
  return values;
}

static inline int32_t arenite_four_any_least(arenite_four values) {
  int32_t any = 0;
  for (int32_t c = 0; c < 4; ++c) {
    any |= values.lane[c] == INT32_MIN;
  }
  return any;
}

static inline int32_t arenite_four_any_below(arenite_four values, int32_t mask, int32_t limit) {
  int32_t any = 0;
  for (int32_t c = 0; c < 4; ++c) {
    any |= (values.lane[c] & mask) <= limit;
  }
  return any;
}

#endif

/* Outputs without an activation. */
static inline arenite_output_range arenite_int8_range(int32_t zero_point) {
  const arenite_output_range range = {arenite_four_of(zero_point), arenite_four_of(INT8_MIN),
                                      arenite_four_of(INT8_MAX)};
  return range;
}

/* values * multiplier * 2^(shift - 31), rounded as arenite_requantise_twice does. */
static inline arenite_four arenite_four_rescaled(arenite_four values, int32_t multiplier, int32_t shift) {
  if (shift > 0) {
    return arenite_four_scaled(arenite_four_affine(values, 1 << shift, 0), multiplier, 0, 0);
  }
  return arenite_four_scaled(values, multiplier, -shift, shift < 0);
}

/* arenite_scale_as_float(value, multiplier, code, 0) of all values. */
static inline arenite_four arenite_four_rescaled_once(arenite_four values, int32_t multiplier, int32_t code) {
  const int32_t scales[8] = {multiplier, multiplier, multiplier, multiplier, code, code, code, code};
  return arenite_four_scale_once(values, scales);
}

#endif
