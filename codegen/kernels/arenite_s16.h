/* What the row kernels for int16 have in common: sums of products with int8 weights, in 64 bits where it takes them, and
 * how they become outputs. Zero points are 0. */
#ifndef ARENITE_S16_H
#define ARENITE_S16_H

#include "arenite_words.h"

/* One output channel: a bias of 64 bits, `bias` the lower half of them, and a multiplier as arenite_rescale_s64 or, of
 * layers that round twice, arenite_requantise_twice takes it. For sums that fit into int32 the former may be given as
 * 2^(32 - shift) times itself, with shift 0. */
typedef struct {
  int32_t bias;
  int32_t bias_high;
  int32_t multiplier;
  int32_t shift;
} arenite_s16_channel;

/* base + bytes: where a row lies. */
static inline const int16_t *arenite_s16_at(const int16_t *base, int32_t bytes) {
  return (const int16_t *)(const void *)((const char *)base + bytes);
}

static inline int64_t arenite_s16_bias(const arenite_s16_channel *channel) {
  return (int64_t)((uint64_t)(uint32_t)channel->bias_high << 32 | (uint32_t)channel->bias);
}

/* value * multiplier * 2^-shift, to nearest, ties upwards, modulo 2^32; |value| < 2^47, multiplier < 2^15, shift in
 * [1, 62]. */
static inline int32_t arenite_rescale_s64(int64_t value, int32_t multiplier, int32_t shift) {
  return (int32_t)(uint32_t)(uint64_t)((value * multiplier + (INT64_C(1) << (shift - 1))) >> shift);
}

/* The output element of a sum. */
static inline int16_t arenite_s16_output(int64_t sum, const arenite_s16_channel *channel, int32_t rounds_twice,
                                          int32_t low, int32_t high) {
  int32_t scaled;
  if (rounds_twice) {
    scaled = arenite_requantise_twice((int32_t)(uint32_t)(uint64_t)sum, channel->multiplier, channel->shift);
  } else if (channel->shift == 0) {
    scaled = (int32_t)(((int64_t)(int32_t)sum * channel->multiplier + INT64_C(0x80000000)) >> 32);
  } else {
    scaled = arenite_rescale_s64(sum, channel->multiplier, channel->shift);
  }
  return (int16_t)arenite_clamp(scaled, low, high);
}

/* So many products of an int16 and an int8, at most 2^22 each, are added up in an int32. */
#define ARENITE_S16_PRODUCTS 256

/* The sums of four output channels; `parts` are to be added to `sums`, and take `room` products more before that. */
typedef struct {
  int64_t sums[4];
  int32_t parts[4];
  int32_t room;
} arenite_s16_sums;

static inline arenite_s16_sums arenite_s16_zero(void) {
  const arenite_s16_sums sums = {{0, 0, 0, 0}, {0, 0, 0, 0}, ARENITE_S16_PRODUCTS};
  return sums;
}

ARENITE_NOINLINE void arenite_s16_flush(arenite_s16_sums *s) {
  for (int32_t i = 0; i < 4; ++i) {
    s->sums[i] += s->parts[i];
    s->parts[i] = 0;
  }
  s->room = ARENITE_S16_PRODUCTS;
}

/* Adds the products of `count` inputs and weights [count][4]. */
ARENITE_NOINLINE void arenite_s16_dot(arenite_s16_sums *s, const int16_t *in, const int8_t *weights, int32_t count) {
  while (count > 0) {
    const int32_t part = count < s->room ? count : s->room;
    int32_t a0 = s->parts[0];
    int32_t a1 = s->parts[1];
    int32_t a2 = s->parts[2];
    int32_t a3 = s->parts[3];
    int32_t left = part;
    for (; left >= 2; left -= 2) {
      const int32_t x = in[0];
      const int32_t y = in[1];
      a0 += x * weights[0];
      a1 += x * weights[1];
      a2 += x * weights[2];
      a3 += x * weights[3];
      a0 += y * weights[4];
      a1 += y * weights[5];
      a2 += y * weights[6];
      a3 += y * weights[7];
      in += 2;
      weights += 8;
    }
    if (left > 0) {
      const int32_t x = *in++;
      a0 += x * weights[0];
      a1 += x * weights[1];
      a2 += x * weights[2];
      a3 += x * weights[3];
      weights += 4;
    }
    s->parts[0] = a0;
    s->parts[1] = a1;
    s->parts[2] = a2;
    s->parts[3] = a3;
    count -= part;
    s->room -= part;
    if (s->room == 0) {
      arenite_s16_flush(s);
    }
  }
}

#endif
