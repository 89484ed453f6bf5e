/* What the row kernels for float32 have in common.
 *
 * Layers hold integers only: a field that stands for a float has its bits. */
#ifndef ARENITE_FLOAT_H
#define ARENITE_FLOAT_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "arenite_words.h"

/* The float whose IEEE 754 single precision bits a field holds. */
static inline float arenite_float(int32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* base + bytes: where a row lies. */
static inline const float *arenite_floats_at(const float *base, int32_t bytes) {
  return (const float *)(const void *)((const char *)base + bytes);
}

static inline float arenite_clamp_float(float value, float low, float high) {
  return value < low ? low : (value > high ? high : value);
}

/* What the activation leaves of `count` output elements. The bounds are bits, of infinities where there are none. */
ARENITE_NOINLINE void arenite_clamp_floats(float *out, int32_t count, int32_t low_bits, int32_t high_bits) {
  const float low = arenite_float(low_bits);
  const float high = arenite_float(high_bits);
  if (low == -INFINITY && high == INFINITY) {
    return;
  }
  for (int32_t i = 0; i < count; ++i) {
    out[i] = arenite_clamp_float(out[i], low, high);
  }
}

/* The same for `pixels` output pixels of `channels` elements, which begin `stride` elements apart. */
ARENITE_NOINLINE void arenite_clamp_pixels(float *out, int32_t pixels, int32_t channels, int32_t stride,
                                           int32_t low_bits, int32_t high_bits) {
  if (stride == channels) {
    channels *= pixels;
    pixels = 1;
  }
  for (; pixels > 0; --pixels) {
    arenite_clamp_floats(out, channels, low_bits, high_bits);
    out += stride;
  }
}

/* Products that are added up before they are added to the rest of their sum: of two short chains of additions, less is
 * lost than of one long one. */
enum { ARENITE_CHAIN = 128 };

/* The sum of `count` products. */
static inline float arenite_dot_f32(const float *in, const float *weights, int32_t count) {
  float sum = 0.0f;
  while (count > 0) {
    const int32_t chain = count < ARENITE_CHAIN ? count : ARENITE_CHAIN;
    float part = 0.0f;
    for (int32_t i = chain; i > 0; --i) {
      part += *in++ * *weights++;
    }
    sum += part;
    count -= chain;
  }
  return sum;
}

/* Adds to sums[c] those of the products with weights [count][4]. */
static inline void arenite_dot_4_f32(float *sums, const float *in, const float *weights, int32_t count) {
  while (count > 0) {
    const int32_t chain = count < ARENITE_CHAIN ? count : ARENITE_CHAIN;
    float a0 = 0.0f;
    float a1 = 0.0f;
    float a2 = 0.0f;
    float a3 = 0.0f;
    for (int32_t i = chain; i > 0; --i) {
      const float x = *in++;
      a0 += x * weights[0];
      a1 += x * weights[1];
      a2 += x * weights[2];
      a3 += x * weights[3];
      weights += 4;
    }
    sums[0] += a0;
    sums[1] += a1;
    sums[2] += a2;
    sums[3] += a3;
    count -= chain;
  }
}

/* The same for two inputs at once: sums[0..3] are those of the first, sums[4..7] those of the second. */
static inline void arenite_dot_4x2_f32(float *sums, const float *in, const float *second, const float *weights,
                                       int32_t count) {
  while (count > 0) {
    const int32_t chain = count < ARENITE_CHAIN ? count : ARENITE_CHAIN;
    float a0 = 0.0f;
    float a1 = 0.0f;
    float a2 = 0.0f;
    float a3 = 0.0f;
    float b0 = 0.0f;
    float b1 = 0.0f;
    float b2 = 0.0f;
    float b3 = 0.0f;
    for (int32_t i = chain; i > 0; --i) {
      const float x = *in++;
      const float y = *second++;
      a0 += x * weights[0];
      a1 += x * weights[1];
      a2 += x * weights[2];
      a3 += x * weights[3];
      b0 += y * weights[0];
      b1 += y * weights[1];
      b2 += y * weights[2];
      b3 += y * weights[3];
      weights += 4;
    }
    sums[0] += a0;
    sums[1] += a1;
    sums[2] += a2;
    sums[3] += a3;
    sums[4] += b0;
    sums[5] += b1;
    sums[6] += b2;
    sums[7] += b3;
    count -= chain;
  }
}

#endif
