#include "float_rounding.h"

#define FLOAT_BITS 24

/* These are called for few values: one copy of each is enough. */
#if defined(__GNUC__)
#define ONE_COPY __attribute__((noinline))
#else
#define ONE_COPY
#endif

/* Significant bits beyond those of a float. */
static int32_t surplus_bits(uint64_t magnitude) {
#if defined(__GNUC__)
  const int32_t zeros = __builtin_clzll(magnitude | 1u);
  return zeros < 64 - FLOAT_BITS ? 64 - FLOAT_BITS - zeros : 0;
#else
  int32_t surplus = 0;
  while (magnitude >> surplus >> FLOAT_BITS != 0) {
    ++surplus;
  }
  return surplus;
#endif
}

ONE_COPY int64_t arenite_float_of(int64_t value) {
  uint64_t magnitude = value < 0 ? 0u - (uint64_t)value : (uint64_t)value;
  const int32_t surplus = surplus_bits(magnitude);
  if (surplus > 0) {
    const uint64_t unit = UINT64_C(1) << surplus;
    magnitude += unit / 2 - ((magnitude & unit) == 0);
    magnitude &= ~(unit - 1);
  }
  return value < 0 ? -(int64_t)magnitude : (int64_t)magnitude;
}

int64_t arenite_float_quotient(int64_t value, int32_t *exponent, int32_t divisor) {
  uint64_t magnitude = (uint64_t)(value < 0 ? -value : value);
  while (magnitude >> FLOAT_BITS != 0) {
    magnitude >>= 1;
    --*exponent;
  }
  while (magnitude != 0 && magnitude >> (FLOAT_BITS - 1) == 0) {
    magnitude <<= 1;
    ++*exponent;
  }
  magnitude <<= 38;
  *exponent += 39;
  /* What remains only has to tell that the quotient is not exact. */
  const uint64_t twice = magnitude / (uint32_t)divisor << 1;
  const int64_t quotient = (int64_t)(twice | (magnitude % (uint32_t)divisor != 0));
  return arenite_float_of(value < 0 ? -quotient : quotient);
}

ONE_COPY int32_t arenite_round_to_even(int64_t value, int32_t exponent) {
  if (exponent > 62) {
    return 0;
  }
  const int64_t unit = INT64_C(1) << exponent;
  return (int32_t)((value + unit / 2 - ((value & unit) == 0)) >> exponent);
}

/* value * 2^left, or another number of that sign from which on everything is beyond 512. */
static int32_t shifted(int32_t value, int32_t code) {
  const int32_t left = ~(code >> 6);
  const int32_t limit = (1 << 30) >> left;
  return (value < -limit ? -limit : (value > limit ? limit : value)) * (1 << left);
}

int32_t arenite_scale_off_ties(int32_t value, int32_t multiplier, int32_t code) {
  const int32_t exponent = code & 63;
  if (code < -64) {
    value = shifted(value, code);
  }
  /* In units of 2^-(1 + exponent), half a unit of which is more than float32 loses. */
  const int32_t high = (int32_t)(((int64_t)value * multiplier + INT64_C(0x80000000)) >> 32);
  if ((uint32_t)high << (31 - exponent) == UINT32_C(0x80000000)) {
    return ARENITE_NEAR_TIE;
  }
  return ((high >> exponent) + 1) >> 1;
}

int32_t arenite_scale_as_float(int32_t value, int32_t multiplier, int32_t code, int32_t offset) {
  const int32_t usual = arenite_scale_off_ties(value, multiplier, code);
  if (usual != ARENITE_NEAR_TIE) {
    return usual;
  }
  const int32_t exponent = 33 + (code & 63);
  const int64_t product = arenite_float_of(arenite_float_of(code < -64 ? shifted(value, code) : value) * multiplier);
  const int64_t sum = arenite_float_of(product + (int64_t)offset * (INT64_C(1) << exponent));
  return arenite_round_to_even(sum, exponent) - offset;
}
