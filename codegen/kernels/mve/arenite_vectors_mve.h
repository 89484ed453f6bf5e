/* Words for Helium that kernels other than convolution need: of windows of 3x3, and of vectors of int8. Each has a
 * portable twin of the same result. */
#ifndef ARENITE_VECTORS_MVE_H
#define ARENITE_VECTORS_MVE_H

#include "arenite_words_mve.h"

/* What a window of 3x3 has in one column and channel: bytes of three rows, and one of no account. Columns in scratch
 * are [column][channel] of these. Weights of a channel are 16 bytes, likewise [column][row], of which the last word and
 * the last byte of each are 0; 4 bytes of 0 stand before those of the first channel. */
#define ARENITE_WORD 4

/* The sums of the same four channels for four pixels. */
typedef struct {
  arenite_four first;
  arenite_four second;
  arenite_four third;
  arenite_four fourth;
} arenite_four_fours;

#if ARENITE_MVE
typedef int8x16_t arenite_bytes;
#else
typedef struct {
  int8_t lane[ARENITE_CHUNK];
} arenite_bytes;
#endif

/* What output elements go through; all lanes of a vector are alike. */
typedef struct {
  arenite_bytes low;
  arenite_bytes high;
  int32_t zero_point;
} arenite_byte_range;

/* Eight elements as int16. */
#if ARENITE_MVE
typedef int16x8_t arenite_eight;
#else
typedef struct {
  int16_t lane[8];
} arenite_eight;
#endif

/* Sums of eight channels: those of the even ones and of the odd ones. */
typedef struct {
  arenite_four even;
  arenite_four odd;
} arenite_eight_sums;

/* What eight output elements go through; all lanes of a vector are alike. */
typedef struct {
  arenite_eight low;
  arenite_eight high;
  int32_t zero_point;
} arenite_eight_range;

#if ARENITE_MVE

/* Sums for the window whose first words are at `columns`, `depth` words before those of its next column. */
static inline arenite_four arenite_window_3x3(const int8_t *columns, int32_t depth, const int8_t *weights) {
  /* The fourth word is of no account: the third once more. */
  const uint32x4_t numbers = vminq_u32(vidupq_n_u32(0, 1), vdupq_n_u32(2));
  const uint32x4_t steps = vmulq_n_u32(numbers, (uint32_t)(ARENITE_WORD * depth));
  arenite_four sums;
  int8x16_t w, x;
  __asm__("vldrb.u8 %q[w], [%[weights]], #16\n\t"
          "vldrw.u32 %q[x], [%[columns], %q[steps]]\n\t"
          "vmladav.s8 r0, %q[x], %q[w]\n\t"
          "add %[columns], %[columns], #4\n\t"
          "vldrb.u8 %q[w], [%[weights]], #16\n\t"
          "vldrw.u32 %q[x], [%[columns], %q[steps]]\n\t"
          "vmladav.s8 r2, %q[x], %q[w]\n\t"
          "add %[columns], %[columns], #4\n\t"
          "vldrb.u8 %q[w], [%[weights]], #16\n\t"
          "vldrw.u32 %q[x], [%[columns], %q[steps]]\n\t"
          "vmladav.s8 r4, %q[x], %q[w]\n\t"
          "add %[columns], %[columns], #4\n\t"
          "vldrb.u8 %q[w], [%[weights]]\n\t"
          "vldrw.u32 %q[x], [%[columns], %q[steps]]\n\t"
          "vmladav.s8 r6, %q[x], %q[w]\n\t"
          "vmov %q[sums][2], %q[sums][0], r0, r4\n\t"
          "vmov %q[sums][3], %q[sums][1], r2, r6"
          : [sums] "=&w"(sums), [w] "=&w"(w), [x] "=&w"(x), [columns] "+r"(columns), [weights] "+r"(weights)
          : [steps] "w"(steps)
          : "r0", "r2", "r4", "r6", "memory");
  return sums;
}

#define ARENITE_PAIR_OF_WINDOWS(at, first, second) \
  "vldrw.u32 %q[x], [" at ", %q[steps]]\n\t"       \
  "vmladav.s8 " first ", %q[x], %q[w]\n\t"         \
  "vmladav.s8 " second ", %q[x], %q[v]\n\t"

#define ARENITE_LOAD_WEIGHTS(at, before)             \
  "vldrb.u8 %q[w], [%[weights], #" at "]\n\t"        \
  "vldrb.u8 %q[v], [%[weights], #" before "]\n\t"

#define ARENITE_MOVE_WINDOWS(by)             \
  "add %[columns], %[columns], #" by "\n\t"  \
  "add %[third], %[third], #" by "\n\t"

/* The same for the windows of four pixels, each one column further. */
static inline arenite_four_fours arenite_windows_3x3(const int8_t *columns, int32_t depth, const int8_t *weights) {
  const uint32x4_t steps = vmulq_n_u32(vidupq_n_u32(0, ARENITE_WORD), (uint32_t)depth);
  const int8_t *third = columns + 2 * ARENITE_WORD * depth;
  arenite_four_fours sums;
  int8x16_t w, v, x;
  __asm__(ARENITE_LOAD_WEIGHTS("0", "-4")
          ARENITE_PAIR_OF_WINDOWS("%[columns]", "r0", "r2")
          ARENITE_PAIR_OF_WINDOWS("%[third]", "r4", "r6")
          ARENITE_LOAD_WEIGHTS("32", "28")
          ARENITE_MOVE_WINDOWS("8")
          ARENITE_PAIR_OF_WINDOWS("%[columns]", "r8", "r10")
          "vmov %q[a][2], %q[a][0], r0, r8\n\t"
          "vmov %q[b][2], %q[b][0], r2, r10\n\t"
          ARENITE_PAIR_OF_WINDOWS("%[third]", "r8", "r10")
          "vmov %q[c][2], %q[c][0], r4, r8\n\t"
          "vmov %q[d][2], %q[d][0], r6, r10\n\t"
          ARENITE_LOAD_WEIGHTS("16", "12")
          ARENITE_MOVE_WINDOWS("-4")
          ARENITE_PAIR_OF_WINDOWS("%[columns]", "r0", "r2")
          ARENITE_PAIR_OF_WINDOWS("%[third]", "r4", "r6")
          ARENITE_LOAD_WEIGHTS("48", "44")
          ARENITE_MOVE_WINDOWS("8")
          ARENITE_PAIR_OF_WINDOWS("%[columns]", "r8", "r10")
          "vmov %q[a][3], %q[a][1], r0, r8\n\t"
          "vmov %q[b][3], %q[b][1], r2, r10\n\t"
          ARENITE_PAIR_OF_WINDOWS("%[third]", "r8", "r10")
          "vmov %q[c][3], %q[c][1], r4, r8\n\t"
          "vmov %q[d][3], %q[d][1], r6, r10"
          : [a] "=&w"(sums.first), [b] "=&w"(sums.second), [c] "=&w"(sums.third), [d] "=&w"(sums.fourth),
            [w] "=&w"(w), [v] "=&w"(v), [x] "=&w"(x), [columns] "+r"(columns), [third] "+r"(third)
          : [steps] "w"(steps), [weights] "r"(weights)
          : "r0", "r2", "r4", "r6", "r8", "r10", "memory");
  return sums;
}

/* `value` in all lanes. */
static inline arenite_bytes arenite_bytes_of(int32_t value) { return vdupq_n_s8((int8_t)value); }

/* arenite_four_requantise where all shifts are to the right, by at least 1. */
static inline arenite_four arenite_four_requantise_right(arenite_four sums, const int32_t *constants) {
  const int32x4_t acc = vaddq_s32(sums, vldrwq_s32(constants));
  const int32x4_t high = vqrdmulhq_s32(acc, vldrwq_s32(constants + 4));
  /* Plus -1 for negative sums, so that ties go away from zero. */
  return vrshlq_s32(vqdmlahq_n_s32(high, acc, 1), vldrwq_s32(constants + 8));
}

/* a[0] b[0] a[1] b[1] ..., saturated to int16. Compilers would copy a vector for the lanes that come later. */
static inline int16x8_t arenite_narrow_fours(arenite_four a, arenite_four b) {
  int16x8_t both;
  __asm__("vqmovnb.s32 %q0, %q1\n\t"
          "vqmovnt.s32 %q0, %q2"
          : "=&w"(both)
          : "w"(a), "w"(b));
  return both;
}

/* The same to int8. */
static inline int8x16_t arenite_narrow_eights(int16x8_t a, int16x8_t b) {
  int8x16_t both;
  __asm__("vqmovnb.s16 %q0, %q1\n\t"
          "vqmovnt.s16 %q0, %q2"
          : "=&w"(both)
          : "w"(a), "w"(b));
  return both;
}

/* Output elements of four pixels, `stride` apart, of which all four channels exist. Values saturate to int16 before the
 * zero point is added. */
static inline void arenite_four_fours_store(arenite_four_fours values, const arenite_byte_range *range,
                                            int32_t stride, int8_t *out) {
  const int16_t zero_point = (int16_t)range->zero_point;
  const int16x8_t a = vqaddq_n_s16(arenite_narrow_fours(values.first, values.second), zero_point);
  const int16x8_t b = vqaddq_n_s16(arenite_narrow_fours(values.third, values.fourth), zero_point);
  /* Each word holds the first, third, second and fourth pixel of a channel. */
  const int8x16_t clamped = vminq_s8(vmaxq_s8(arenite_narrow_eights(a, b), range->low), range->high);
  const uint32x4_t words = vreinterpretq_u32_s8(clamped);
  uint8_t *to = (uint8_t *)out;
  vstrbq_u32(to, words);
  vstrbq_u32(to + 2 * stride, vshrq_n_u32(words, 8));
  to += stride;
  vstrbq_u32(to, vshrq_n_u32(words, 16));
  vstrbq_u32(to + 2 * stride, vshrq_n_u32(words, 24));
}

static inline void arenite_store_columns(const int8_t *row0, const int8_t *row1, const int8_t *row2, int8_t *out) {
  const int8x16_t last = vldrbq_s8(row2);
  const int8x16x4_t all = {{vldrbq_s8(row0), vldrbq_s8(row1), last, last}};
  vst4q_s8(out, all);
}

static inline void arenite_store_some_columns(const int8_t *row0, const int8_t *row1, const int8_t *row2,
                                              int32_t count, int8_t *out) {
  const mve_pred16_t some = vctp8q((uint32_t)count);
  const int8x16_t last = vldrbq_z_s8(row2, some);
  const int8x16x4_t all = {{vldrbq_z_s8(row0, some), vldrbq_z_s8(row1, some), last, last}};
  vst4q_s8(out, all);
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

/* values * multiplier / 2^31, to nearest, ties upwards; then / 2^right, to nearest, ties away from zero. `below` is 1, or
 * 0 where `right` is 0. */
static inline arenite_four arenite_four_scaled(arenite_four values, int32_t multiplier, int32_t right, int32_t below) {
  return vrshlq_n_s32(vqdmlahq_n_s32(vqrdmulhq_n_s32(values, multiplier), values, below), -right);
}

static inline arenite_eight arenite_eight_of(int32_t value) { return vdupq_n_s16((int16_t)value); }

static inline arenite_eight arenite_eight_load(const int8_t *in) { return vldrbq_s16(in); }

/* Lane i is in[offsets[i]], for the first `count` lanes; offsets are not negative. */
static inline arenite_eight arenite_eight_load_at(const int8_t *in, arenite_eight offsets, int32_t count) {
  return vldrbq_gather_offset_z_s16(in, vreinterpretq_u16_s16(offsets), vctp16q((uint32_t)count));
}

static inline arenite_eight arenite_eight_subtract(arenite_eight values, int32_t value) {
  return vsubq_n_s16(values, (int16_t)value);
}

/* sums + a * b */
static inline arenite_eight_sums arenite_eight_mac(arenite_eight_sums sums, arenite_eight a, arenite_eight b) {
  sums.even = vaddq_s32(sums.even, vmullbq_int_s16(a, b));
  sums.odd = vaddq_s32(sums.odd, vmulltq_int_s16(a, b));
  return sums;
}

/* The first `count` output elements. Values saturate to int16 before the zero point is added. */
static inline void arenite_eight_store(arenite_eight_sums values, const arenite_eight_range *range, int32_t count,
                                       int8_t *out) {
  const int16x8_t narrow = arenite_narrow_fours(values.even, values.odd);
  const int16x8_t moved = vqaddq_n_s16(narrow, (int16_t)range->zero_point);
  const int16x8_t clamped = vminq_s16(vmaxq_s16(moved, range->low), range->high);
  if (count >= 8) {
    vstrbq_s16(out, clamped);
  } else {
    vstrbq_p_s16(out, clamped, vctp16q((uint32_t)count));
  }
}

#else

static inline arenite_four arenite_window_3x3(const int8_t *columns, int32_t depth, const int8_t *weights) {
  arenite_four sums = arenite_four_of(0);
  for (int32_t c = 0; c < 4; ++c) {
    for (int32_t i = 0; i < 9; ++i) {
      const int8_t *in = columns + ARENITE_WORD * (i / 3 * depth + c);
      sums.lane[c] += in[i % 3] * weights[ARENITE_CHUNK * c + ARENITE_WORD * (i / 3) + i % 3];
    }
  }
  return sums;
}

static inline arenite_four_fours arenite_windows_3x3(const int8_t *columns, int32_t depth, const int8_t *weights) {
  const int32_t step = ARENITE_WORD * depth;
  const arenite_four_fours sums = {
      arenite_window_3x3(columns, depth, weights), arenite_window_3x3(columns + step, depth, weights),
      arenite_window_3x3(columns + 2 * step, depth, weights), arenite_window_3x3(columns + 3 * step, depth, weights)};
  return sums;
}

static inline arenite_bytes arenite_bytes_of(int32_t value) {
  arenite_bytes all;
  for (int32_t i = 0; i < ARENITE_CHUNK; ++i) {
    all.lane[i] = (int8_t)value;
  }
  return all;
}

static inline arenite_four arenite_four_requantise_right(arenite_four sums, const int32_t *constants) {
  return arenite_four_requantise(sums, constants);
}

static inline void arenite_four_fours_store(arenite_four_fours values, const arenite_byte_range *range,
                                            int32_t stride, int8_t *out) {
  const arenite_four *const pixels[4] = {&values.first, &values.second, &values.third, &values.fourth};
  for (int32_t i = 0; i < 4; ++i) {
    for (int32_t c = 0; c < 4; ++c) {
      const int32_t narrow = arenite_clamp(pixels[i]->lane[c], INT16_MIN, INT16_MAX);
      out[i * stride + c] = arenite_store(narrow, range->zero_point, range->low.lane[0], range->high.lane[0]);
    }
  }
}

static inline void arenite_store_some_columns(const int8_t *row0, const int8_t *row1, const int8_t *row2,
                                              int32_t count, int8_t *out) {
  for (int32_t i = 0; i < ARENITE_CHUNK; ++i) {
    const int inside = i < count;
    out[ARENITE_WORD * i] = inside ? row0[i] : 0;
    out[ARENITE_WORD * i + 1] = inside ? row1[i] : 0;
    out[ARENITE_WORD * i + 2] = inside ? row2[i] : 0;
    out[ARENITE_WORD * i + 3] = inside ? row2[i] : 0;
  }
}

static inline void arenite_store_columns(const int8_t *row0, const int8_t *row1, const int8_t *row2, int8_t *out) {
  arenite_store_some_columns(row0, row1, row2, ARENITE_CHUNK, out);
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
    values.lane[c] = arenite_mac(offset, values.lane[c], gain);
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

static inline arenite_eight arenite_eight_of(int32_t value) {
  arenite_eight all;
  for (int32_t i = 0; i < 8; ++i) {
    all.lane[i] = (int16_t)value;
  }
  return all;
}

static inline arenite_eight arenite_eight_load_at(const int8_t *in, arenite_eight offsets, int32_t count) {
  arenite_eight values = arenite_eight_of(0);
  for (int32_t i = 0; i < 8 && i < count; ++i) {
    values.lane[i] = in[offsets.lane[i]];
  }
  return values;
}

static inline arenite_eight arenite_eight_load(const int8_t *in) {
  arenite_eight values;
  for (int32_t i = 0; i < 8; ++i) {
    values.lane[i] = in[i];
  }
  return values;
}

static inline arenite_eight arenite_eight_subtract(arenite_eight values, int32_t value) {
  for (int32_t i = 0; i < 8; ++i) {
    values.lane[i] = (int16_t)(values.lane[i] - value);
  }
  return values;
}

static inline arenite_eight_sums arenite_eight_mac(arenite_eight_sums sums, arenite_eight a, arenite_eight b) {
  for (int32_t c = 0; c < 4; ++c) {
    sums.even.lane[c] = arenite_mac(sums.even.lane[c], a.lane[2 * c], b.lane[2 * c]);
    sums.odd.lane[c] = arenite_mac(sums.odd.lane[c], a.lane[2 * c + 1], b.lane[2 * c + 1]);
  }
  return sums;
}

static inline void arenite_eight_store(arenite_eight_sums values, const arenite_eight_range *range, int32_t count,
                                       int8_t *out) {
  for (int32_t i = 0; i < 8 && i < count; ++i) {
    const int32_t value = i % 2 == 0 ? values.even.lane[i / 2] : values.odd.lane[i / 2];
    const int32_t narrow = arenite_clamp(value, INT16_MIN, INT16_MAX);
    out[i] = arenite_store(narrow, range->zero_point, range->low.lane[0], range->high.lane[0]);
  }
}

#endif

#endif
