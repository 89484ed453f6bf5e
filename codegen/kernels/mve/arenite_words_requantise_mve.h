/* Words for Helium (the M-profile vector extension): from four sums of products to what is stored, before zero point and
 * clamp. Each has a portable twin of the same result. */
#ifndef ARENITE_WORDS_REQUANTISE_MVE_H
#define ARENITE_WORDS_REQUANTISE_MVE_H

#include "arenite_words.h"
#include "float_rounding.h"

/* Unoptimised code leaves too few registers. */
#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 1) && defined(__OPTIMIZE__)
#define ARENITE_MVE 1
#include <arm_mve.h>
#else
#define ARENITE_MVE 0
#endif

/* Four sums, one per output channel. */
#if ARENITE_MVE
typedef int32x4_t arenite_four;
#else
typedef struct {
  int32_t lane[4];
} arenite_four;
#endif

/* Constants of four channels are twelve numbers: biases with the input zero point folded in, multipliers, shifts. Of
 * channels that round twice, the shift is to the left where it is positive, and the multiplier in [0, 2^31). */
#define ARENITE_FOUR_CONSTANTS 12

#if ARENITE_MVE

/* `value` in all lanes. */
static inline arenite_four arenite_four_of(int32_t value) { return vdupq_n_s32(value); }

static inline arenite_four arenite_four_sum(arenite_four a, arenite_four b) { return vaddq_s32(a, b); }

/* sums + four biases */
static inline arenite_four arenite_four_add(arenite_four sums, const int32_t *biases) {
  return vaddq_s32(sums, vldrwq_s32(biases));
}

/* Outputs before zero point and clamp, rounded twice, of channels whose shifts are not positive. `scales`: multipliers,
 * shifts. */
static inline arenite_four arenite_four_scale(arenite_four acc, const int32_t *scales) {
  const int32x4_t shift = vldrwq_s32(scales + 4);
  /* Ties of negative values go away from zero; a negative sum whose product rounds to 0 stays there. */
  const int32x4_t below = vshrq_n_s32(vandq_s32(acc, shift), 31);
  const int32x4_t high = vqrdmulhq_s32(acc, vldrwq_s32(scales));
  return vrshlq_s32(vaddq_s32(high, below), shift);
}

/* The same for any shifts. */
static inline arenite_four arenite_four_scale_any(arenite_four acc, const int32_t *scales) {
  const int32x4_t zero = vdupq_n_s32(0);
  const int32x4_t shift = vldrwq_s32(scales + 4);
  const int32x4_t moved = vshlq_s32(acc, vmaxq_s32(shift, zero));
  const int32x4_t below = vshrq_n_s32(vandq_s32(moved, shift), 31);
  const int32x4_t high = vqrdmulhq_s32(moved, vldrwq_s32(scales));
  return vrshlq_s32(vaddq_s32(high, below), vminq_s32(shift, zero));
}

/* arenite_four_scale_once where a value may be next to a tie. */
ARENITE_NOINLINE arenite_four arenite_four_once_at_ties(arenite_four acc, const int32_t *scales) {
  int32_t lanes[4];
  vstrwq_s32(lanes, acc);
  for (int32_t c = 0; c < 4; ++c) {
    lanes[c] = arenite_scale_as_float(lanes[c], scales[c], scales[4 + c], 0);
  }
  return vldrwq_s32(lanes);
}

/* Outputs before zero point and clamp, rounded once as floats. `scales`: multipliers and codes for
 * arenite_scale_as_float. */
static inline arenite_four arenite_four_scale_once(arenite_four acc, const int32_t *scales) {
  /* Of a shift, only the lowest byte counts: here -1 - exponent. */
  const int32x4_t code = vmvnq_s32(vldrwq_s32(scales + 4));
  const int32x4_t shift = vorrq_n_s32(code, 0xc0);
  const int32x4_t moved = vqshlq_s32(acc, vshrq_n_s32(code, 6));
  const int32x4_t high = vrmulhq_s32(moved, vldrwq_s32(scales));
  const int32x4_t rest = vshlq_s32(high, vaddq_n_s32(shift, 32));
  /* The magnitude of the least number is itself. */
  if (vminvq_s32(0, vabsq_s32(rest)) < 0) {
    return arenite_four_once_at_ties(acc, scales);
  }
  return vrshlq_s32(high, shift);
}

/* Outputs before zero point and clamp, rounded once. `scales`: of four arenite_scale the multipliers, -1 less the
 * exponents, which are not negative, and twice the fractions. */
static inline arenite_four arenite_four_rescale(arenite_four acc, const int32_t *scales) {
  const int32x4_t multiplier = vldrwq_s32(scales);
  const int32x4_t low = vmulq_s32(acc, multiplier);
  const int32x4_t part = vqdmulhq_s32(acc, vldrwq_s32(scales + 8));
  /* Half the sum of two unsigned numbers has their carry as its sign. */
  const int32x4_t half = vreinterpretq_s32_u32(vhaddq_u32(vreinterpretq_u32_s32(low), vreinterpretq_u32_s32(part)));
  const int32x4_t carry = vsubq_s32(vshrq_n_s32(part, 31), vshrq_n_s32(half, 31));
  const int32x4_t high = vaddq_s32(vaddq_s32(vmulhq_s32(acc, multiplier), acc), carry);
  return vrshlq_s32(high, vldrwq_s32(scales + 4));
}

/* The same for any exponents. */
ARENITE_NOINLINE arenite_four arenite_four_rescale_any(arenite_four acc, const int32_t *scales) {
  int32_t lanes[4];
  vstrwq_s32(lanes, acc);
  for (int32_t c = 0; c < 4; ++c) {
    const arenite_scale scale = {scales[c], ~scales[4 + c], scales[8 + c] / 2};
    lanes[c] = arenite_rescale(lanes[c], &scale);
  }
  return vldrwq_s32(lanes);
}

#else

static inline arenite_four arenite_four_of(int32_t value) {
  const arenite_four all = {{value, value, value, value}};
  return all;
}

static inline arenite_four arenite_four_sum(arenite_four a, arenite_four b) {
  for (int32_t c = 0; c < 4; ++c) {
    a.lane[c] = arenite_add(a.lane[c], b.lane[c]);
  }
  return a;
}

static inline arenite_four arenite_four_add(arenite_four sums, const int32_t *biases) {
  for (int32_t c = 0; c < 4; ++c) {
    sums.lane[c] = arenite_add(sums.lane[c], biases[c]);
  }
  return sums;
}

static inline arenite_four arenite_four_scale_any(arenite_four acc, const int32_t *scales) {
  for (int32_t c = 0; c < 4; ++c) {
    acc.lane[c] = arenite_requantise_twice(acc.lane[c], scales[c], scales[4 + c]);
  }
  return acc;
}

static inline arenite_four arenite_four_scale(arenite_four acc, const int32_t *scales) {
  return arenite_four_scale_any(acc, scales);
}

static inline arenite_four arenite_four_scale_once(arenite_four acc, const int32_t *scales) {
  for (int32_t c = 0; c < 4; ++c) {
    acc.lane[c] = arenite_scale_as_float(acc.lane[c], scales[c], scales[4 + c], 0);
  }
  return acc;
}

static inline arenite_four arenite_four_rescale(arenite_four acc, const int32_t *scales) {
  for (int32_t c = 0; c < 4; ++c) {
    const arenite_scale scale = {scales[c], ~scales[4 + c], scales[8 + c] / 2};
    acc.lane[c] = arenite_rescale(acc.lane[c], &scale);
  }
  return acc;
}

static inline arenite_four arenite_four_rescale_any(arenite_four acc, const int32_t *scales) {
  return arenite_four_rescale(acc, scales);
}

#endif

/* Outputs of channels before zero point and clamp, from their sums of products: rounded twice where no shift is positive,
 * the same for any shifts, and rounded once, where multipliers and shifts are for arenite_scale_as_float. */
static inline arenite_four arenite_four_requantise(arenite_four sums, const int32_t *constants) {
  return arenite_four_scale(arenite_four_add(sums, constants), constants + 4);
}

static inline arenite_four arenite_four_requantise_any(arenite_four sums, const int32_t *constants) {
  return arenite_four_scale_any(arenite_four_add(sums, constants), constants + 4);
}

static inline arenite_four arenite_four_requantise_once(arenite_four sums, const int32_t *constants) {
  return arenite_four_scale_once(arenite_four_add(sums, constants), constants + 4);
}

#endif
