/* The words that every row kernel is written in. Portable C99; other instruction sets bring their own version of this
 * header with the same names and the same results.
 *
 * Arithmetic wraps modulo 2^32 where TFLite's accumulators do, without undefined behaviour. */
#ifndef ARENITE_WORDS_H
#define ARENITE_WORDS_H

#include <stdint.h>

/* For functions of which the speed or the size of a kernel depends on where they are compiled into. */
#if defined(__GNUC__)
#define ARENITE_INLINE static inline __attribute__((always_inline))
#define ARENITE_NOINLINE static __attribute__((noinline, unused))
#else
#define ARENITE_INLINE static inline
#define ARENITE_NOINLINE static
#endif

/* The real multiplier (M + fraction * 2^-30) * 2^-(33 + exponent), where M is the multiplier modulo 2^32: 0, or in
 * [2^31, 2^32). exponent is in [-31, 30], and negative where M is 0; fraction is in [0, 2^30), and 0 where exponent is
 * negative. */
typedef struct {
  int32_t multiplier;
  int32_t exponent;
  int32_t fraction;
} arenite_scale;

/* One output channel: bias with the input zero point folded in, and an arenite_scale without a fraction. */
typedef struct {
  int32_t bias;
  int32_t multiplier;
  int32_t exponent;
} arenite_channel;

/* acc + a * b */
static inline int32_t arenite_mac(int32_t acc, int32_t a, int32_t b) {
  return (int32_t)((uint32_t)acc + (uint32_t)(a * b));
}

/* a + b */
static inline int32_t arenite_add(int32_t a, int32_t b) { return (int32_t)((uint32_t)a + (uint32_t)b); }

static inline int32_t arenite_clamp(int32_t value, int32_t low, int32_t high) {
  return value < low ? low : (value > high ? high : value);
}

/* value + zero_point, clamped: an output element. */
static inline int8_t arenite_store(int32_t value, int32_t zero_point, int32_t low, int32_t high) {
  return (int8_t)arenite_clamp(arenite_add(value, zero_point), low, high);
}

/* value + zero_point, saturated to int8. Around 128, since compilers then find the instruction for it. */
static inline int8_t arenite_saturate(int32_t value, int32_t zero_point) {
  return (int8_t)(arenite_clamp(arenite_add(value, zero_point + 128), 0, 255) - 128);
}

/* What the activation leaves of `pixels` output pixels of `channels` elements, which begin `stride` elements apart. */
ARENITE_NOINLINE void arenite_clamp_all(int8_t *out, int32_t pixels, int32_t channels, int32_t stride, int32_t low,
                                        int32_t high) {
  if (low <= INT8_MIN && high >= INT8_MAX) {
    return;
  }
  if (stride == channels) {
    channels *= pixels;
    pixels = 1;
  }
  for (; pixels > 0; --pixels) {
    for (int32_t i = 0; i < channels; ++i) {
      out[i] = (int8_t)arenite_clamp(out[i], low, high);
    }
    out += stride;
  }
}

/* The compiler computes both values before it goes on to the memory accesses that follow. In unrolled loops it would
 * otherwise load everything first, and run out of registers. */
static inline void arenite_barrier(int32_t a, int32_t b) {
#if defined(__GNUC__)
  __asm__ volatile("" : : "r"(a), "r"(b) : "memory");
#else
  (void)a;
  (void)b;
#endif
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
ARENITE_NOINLINE int32_t arenite_requantise_twice(int32_t value, int32_t multiplier, int32_t shift) {
  const int32_t left = shift > 0 ? shift : 0;
  const int32_t right = shift > 0 ? 0 : -shift;
  const int32_t scaled = (int32_t)((uint32_t)value << left);
  return arenite_rounding_shift(arenite_doubling_high_mul(scaled, multiplier), right);
}

/* acc * the channel's real multiplier, rounded twice. */
static inline int32_t arenite_requantise(int32_t acc, const arenite_channel *channel) {
  if (channel->exponent < 0) {
    return arenite_requantise_twice(acc, (int32_t)((uint32_t)channel->multiplier >> 1), ~channel->exponent);
  }
  /* acc * M + 2^31, where M is 2^32 more than the multiplier. */
  const int64_t start = (int64_t)((uint64_t)(uint32_t)acc << 32 | UINT32_C(0x80000000));
  const int32_t high = (int32_t)((start + (int64_t)acc * channel->multiplier) >> 32);
  return (((high + (high >> 31)) >> channel->exponent) + 1) >> 1;
}

/* value * multiplier * 2^(shift - 31), rounded once, ties upwards; saturated to [-2^30, 2^30]. */
ARENITE_NOINLINE int32_t arenite_requantise_once(int32_t value, int32_t multiplier, int32_t shift) {
  const int32_t total = 31 - shift;
  const int64_t product = (int64_t)value * multiplier;
  const int64_t result = (product + (INT64_C(1) << (total - 1))) >> total;
  const int32_t limit = 1 << 30;
  return result > limit ? limit : (result < -limit ? -limit : (int32_t)result);
}

/* acc * the real multiplier, rounded once, ties upwards; saturated likewise. */
static inline int32_t arenite_rescale(int32_t acc, const arenite_scale *scale) {
  if (scale->exponent < 0) {
    return arenite_requantise_once(acc, (int32_t)((uint32_t)scale->multiplier >> 1), ~scale->exponent);
  }
  const int64_t product = (int64_t)acc * scale->multiplier + (((int64_t)acc * scale->fraction) >> 30);
  const int32_t high = (int32_t)(product >> 32) + acc;
  return ((high >> scale->exponent) + 1) >> 1;
}

/* Weights of four output channels for one input, a byte each: from the lowest, channel 0 plus 128, channel 3, channel 2
 * plus 128, channel 1. The outer two and the inner two, 24 bits apart, can each be multiplied as one number. */
typedef uint32_t arenite_quad;

/* Sums of products of one input with four weights, of which the weights of channels 0 and 2 count 128 too much. Exact
 * for up to ARENITE_LANE_PRODUCTS inputs. */
#define ARENITE_LANE_PRODUCTS 256

#ifndef ARENITE_LONG_MULTIPLY
#if defined(__ARM_ARCH_6M__) || defined(__ARM_ARCH_8M_BASE__)
#define ARENITE_LONG_MULTIPLY 0
#else
#define ARENITE_LONG_MULTIPLY 1
#endif
#endif

#if ARENITE_LONG_MULTIPLY
/* One multiplication serves two channels: each number holds the sum of its lower weight in bits 0 to 23 and the sum of
 * its upper weight above. */
typedef struct {
  int64_t outer;
  int64_t inner;
} arenite_lanes;

static inline arenite_lanes arenite_lanes_mac(arenite_lanes sums, int32_t input, arenite_quad weights) {
  const uint32_t mask = UINT32_C(0xff0000ff);
  sums.outer += (int64_t)input * (int32_t)(weights & mask);
  sums.inner += (int64_t)input * (int32_t)((weights >> 16 | weights << 16) & mask);
  arenite_barrier((int32_t)sums.outer, (int32_t)sums.inner);
  return sums;
}

static inline int32_t arenite_lane_low(int64_t lanes) { return (int32_t)((uint32_t)lanes << 8) >> 8; }

static inline int32_t arenite_lane_high(int64_t lanes) { return (int32_t)((lanes + (1 << 23)) >> 24); }

static inline arenite_lanes arenite_lanes_zero(void) {
  const arenite_lanes sums = {0, 0};
  return sums;
}

/* Adds the sums to those of four channels. */
static inline void arenite_lanes_flush(arenite_lanes sums, int32_t *acc) {
  acc[0] = arenite_add(acc[0], arenite_lane_low(sums.outer));
  acc[1] = arenite_add(acc[1], arenite_lane_high(sums.outer));
  acc[2] = arenite_add(acc[2], arenite_lane_low(sums.inner));
  acc[3] = arenite_add(acc[3], arenite_lane_high(sums.inner));
}
#else
/* Cores without a long multiplication: a sum for every channel. */
typedef struct {
  int32_t first;
  int32_t second;
  int32_t third;
  int32_t fourth;
} arenite_lanes;

static inline arenite_lanes arenite_lanes_mac(arenite_lanes sums, int32_t input, arenite_quad weights) {
  sums.first += input * (int32_t)(weights & 0xffu);
  sums.second += input * ((int32_t)weights >> 24);
  sums.third += input * (int32_t)(weights >> 16 & 0xffu);
  sums.fourth += input * ((int32_t)(weights << 16) >> 24);
  return sums;
}

static inline arenite_lanes arenite_lanes_zero(void) {
  const arenite_lanes sums = {0, 0, 0, 0};
  return sums;
}

/* Adds the sums to those of four channels. */
static inline void arenite_lanes_flush(arenite_lanes sums, int32_t *acc) {
  acc[0] = arenite_add(acc[0], sums.first);
  acc[1] = arenite_add(acc[1], sums.second);
  acc[2] = arenite_add(acc[2], sums.third);
  acc[3] = arenite_add(acc[3], sums.fourth);
}
#endif

/* sums + the products of `count` inputs and as many weights. */
ARENITE_INLINE arenite_lanes arenite_lanes_dot(arenite_lanes sums, const int8_t *in, const arenite_quad *weights,
                                               int32_t count) {
  for (; count >= 8; count -= 8) {
    sums = arenite_lanes_mac(sums, in[0], weights[0]);
    sums = arenite_lanes_mac(sums, in[1], weights[1]);
    sums = arenite_lanes_mac(sums, in[2], weights[2]);
    sums = arenite_lanes_mac(sums, in[3], weights[3]);
    sums = arenite_lanes_mac(sums, in[4], weights[4]);
    sums = arenite_lanes_mac(sums, in[5], weights[5]);
    sums = arenite_lanes_mac(sums, in[6], weights[6]);
    sums = arenite_lanes_mac(sums, in[7], weights[7]);
    in += 8;
    weights += 8;
  }
  for (; count > 0; --count) {
    sums = arenite_lanes_mac(sums, *in++, *weights++);
  }
  return sums;
}

/* The sum of `count` inputs. */
static inline int32_t arenite_sum(const int8_t *in, int32_t count) {
  int32_t sum = 0;
  for (; count >= 4; count -= 4) {
    sum += in[0] + in[1] + in[2] + in[3];
    in += 4;
  }
  for (; count > 0; --count) {
    sum += *in++;
  }
  return sum;
}

#endif
