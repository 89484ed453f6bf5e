/* The words that every row kernel is written in. Portable C99; other instruction sets bring their own version of this
 * header with the same names and the same results.
 *
 * Arithmetic wraps modulo 2^32 where TFLite's accumulators do, without undefined behaviour. */
#ifndef ARENITE_WORDS_H
#define ARENITE_WORDS_H

#include <stdint.h>

/* One output channel: bias with the input zero point folded in, and the real multiplier
 * multiplier * 2^(shift - 31), shift in [-31, 30]. */
typedef struct {
  int32_t bias;
  int32_t multiplier;
  int32_t shift;
} arenite_channel;

/* The real multiplier multiplier * 2^(shift - 31). */
typedef struct {
  int32_t multiplier;
  int32_t shift;
} arenite_scale;

/* acc + a * b */
static inline int32_t arenite_mac(int32_t acc, int32_t a, int32_t b) {
  return (int32_t)((uint32_t)acc + (uint32_t)(a * b));
}

static inline int32_t arenite_clamp(int32_t value, int32_t low, int32_t high) {
  return value < low ? low : (value > high ? high : value);
}

/* value + zero_point, clamped: an output element. */
static inline int8_t arenite_store(int32_t value, int32_t zero_point, int32_t low, int32_t high) {
  return (int8_t)arenite_clamp((int32_t)((uint32_t)value + (uint32_t)zero_point), low, high);
}

/* Half-open. */
typedef struct {
  int32_t first;
  int32_t last;
} arenite_range;

/* The taps k, 0 <= k < count, for which 0 <= origin + k * dilation < extent. */
static inline arenite_range arenite_taps_inside(int32_t origin, int32_t dilation, int32_t count, int32_t extent) {
  arenite_range taps = {0, count};
  while (taps.first < count && origin + taps.first * dilation < 0) {
    ++taps.first;
  }
  while (taps.last > taps.first && origin + (taps.last - 1) * dilation >= extent) {
    --taps.last;
  }
  return taps;
}

/* floor(a * b / 2^31 + 1/2), saturated: the rounding doubling high multiplication of gemmlowp. */
static inline int32_t arenite_doubling_high_mul(int32_t a, int32_t b) {
  if (a == INT32_MIN && b == INT32_MIN) {
    return INT32_MAX;
  }
  return (int32_t)(((int64_t)a * b + (1 << 30)) >> 31);
}

/* value / 2^exponent, to nearest, ties away from zero; exponent in [0, 31]. */
static inline int32_t arenite_rounding_shift(int32_t value, int32_t exponent) {
  const int32_t mask = (int32_t)((UINT32_C(1) << exponent) - 1u);
  const int32_t remainder = value & mask;
  const int32_t threshold = (mask >> 1) + (value < 0);
  return (value >> exponent) + (remainder > threshold);
}

/* value * multiplier * 2^(shift - 31), rounded twice: after the multiplication and after the shift. */
static inline int32_t arenite_requantise_twice(int32_t value, int32_t multiplier, int32_t shift) {
  const int32_t left = shift > 0 ? shift : 0;
  const int32_t right = shift > 0 ? 0 : -shift;
  const int32_t scaled = (int32_t)((uint32_t)value << left);
  return arenite_rounding_shift(arenite_doubling_high_mul(scaled, multiplier), right);
}

/* value * multiplier * 2^(shift - 31), rounded once, ties upwards; saturated to int32. */
static inline int32_t arenite_requantise_once(int32_t value, int32_t multiplier, int32_t shift) {
  const int32_t total = 31 - shift;
  const int64_t product = (int64_t)value * multiplier;
  const int64_t result = (product + (INT64_C(1) << (total - 1))) >> total;
  return result > INT32_MAX ? INT32_MAX : (result < INT32_MIN ? INT32_MIN : (int32_t)result);
}

#endif
