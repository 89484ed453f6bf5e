/* Words for Helium: windows of 3x3 of one channel each. Each has a portable twin of the same result. */
#ifndef ARENITE_WORDS_WINDOWS_MVE_H
#define ARENITE_WORDS_WINDOWS_MVE_H

#include "arenite_words_lanes_mve.h"

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

/* Where the elements of three rows are taken from, and where columns of them go. */
typedef struct {
  const int8_t *first;
  const int8_t *second;
  const int8_t *third;
  int8_t *out;
} arenite_rows;

/* What output elements go through; all lanes of a vector are alike. */
typedef struct {
  arenite_bytes low;
  arenite_bytes high;
  int32_t zero_point;
} arenite_byte_range;

#if ARENITE_MVE

/* Distances of a window's columns; the fourth is of no account: the third once more. */
static inline uint32x4_t arenite_column_steps(int32_t depth) {
  const uint32x4_t numbers = vminq_u32(vidupq_n_u32(0, 1), vdupq_n_u32(2));
  return vmulq_n_u32(numbers, (uint32_t)(ARENITE_WORD * depth));
}

/* Sums for the window whose first words are at `columns`, `depth` words before those of its next column. */
static inline arenite_four arenite_window_3x3(const int8_t *columns, int32_t depth, const int8_t *weights) {
  const uint32x4_t steps = arenite_column_steps(depth);
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

#define ARENITE_TWO_WINDOWS(first, second)          \
  "vldrw.u32 %q[x], [%[one], %q[steps]]\n\t"        \
  "vmladav.s8 " first ", %q[x], %q[w]\n\t"          \
  "vldrw.u32 %q[x], [%[other], %q[steps]]\n\t"      \
  "vmladav.s8 " second ", %q[x], %q[w]\n\t"

#define ARENITE_MOVE_BOTH(by)           \
  "add %[one], %[one], #" by "\n\t"     \
  "add %[other], %[other], #" by "\n\t"

/* The same for two windows anywhere. */
static inline arenite_two_fours arenite_two_windows_3x3(const int8_t *one, const int8_t *other, int32_t depth,
                                                        const int8_t *weights) {
  const uint32x4_t steps = arenite_column_steps(depth);
  arenite_two_fours sums;
  int8x16_t w, x;
  __asm__("vldrb.u8 %q[w], [%[weights]]\n\t"
          ARENITE_TWO_WINDOWS("r0", "r2")
          "vldrb.u8 %q[w], [%[weights], #32]\n\t"
          ARENITE_MOVE_BOTH("8")
          ARENITE_TWO_WINDOWS("r4", "r6")
          "vmov %q[a][2], %q[a][0], r0, r4\n\t"
          "vmov %q[b][2], %q[b][0], r2, r6\n\t"
          "vldrb.u8 %q[w], [%[weights], #16]\n\t"
          ARENITE_MOVE_BOTH("-4")
          ARENITE_TWO_WINDOWS("r0", "r2")
          "vldrb.u8 %q[w], [%[weights], #48]\n\t"
          ARENITE_MOVE_BOTH("8")
          ARENITE_TWO_WINDOWS("r4", "r6")
          "vmov %q[a][3], %q[a][1], r0, r4\n\t"
          "vmov %q[b][3], %q[b][1], r2, r6"
          : [a] "=&w"(sums.first), [b] "=&w"(sums.second), [w] "=&w"(w), [x] "=&w"(x), [one] "+r"(one),
            [other] "+r"(other)
          : [steps] "w"(steps), [weights] "r"(weights)
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

/* Bytes 4 i + k are what row k, 0 <= k < 3, has at i, for `count` >= 0 chunks; moves behind them. */
static inline arenite_rows arenite_turn_chunks(arenite_rows rows, int32_t first_step, int32_t third_step,
                                               int32_t count) {
  __asm__ volatile("wls lr, %[count], 2f\n"
                   "1:\n\t"
                   "vldrb.u8 q0, [%[first]]\n\t"
                   "vldrb.u8 q1, [%[second]], #16\n\t"
                   "vldrb.u8 q2, [%[third]]\n\t"
                   "add %[first], %[first], %[first_step]\n\t"
                   "add %[third], %[third], %[third_step]\n\t"
                   "vst40.8 {q0, q1, q2, q3}, [%[out]]\n\t"
                   "vst41.8 {q0, q1, q2, q3}, [%[out]]\n\t"
                   "vst42.8 {q0, q1, q2, q3}, [%[out]]\n\t"
                   "vst43.8 {q0, q1, q2, q3}, [%[out]]!\n\t"
                   "le lr, 1b\n"
                   "2:"
                   : [first] "+r"(rows.first), [second] "+r"(rows.second), [third] "+r"(rows.third),
                     [out] "+r"(rows.out)
                   : [first_step] "r"(first_step), [third_step] "r"(third_step), [count] "r"(count)
                   : "d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7", "lr", "memory");
  return rows;
}

/* The same for part of a chunk, `count` > 0 elements; those behind are not read, but all 64 bytes are written. */
static inline void arenite_turn_some(arenite_rows rows, int32_t count) {
  __asm__ volatile("dlstp.8 lr, %[count]\n"
                   "1:\n\t"
                   "vldrb.u8 q0, [%[first]]\n\t"
                   "vldrb.u8 q1, [%[second]]\n\t"
                   "vldrb.u8 q2, [%[third]]\n\t"
                   "letp lr, 1b\n\t"
                   "vst40.8 {q0, q1, q2, q3}, [%[out]]\n\t"
                   "vst41.8 {q0, q1, q2, q3}, [%[out]]\n\t"
                   "vst42.8 {q0, q1, q2, q3}, [%[out]]\n\t"
                   "vst43.8 {q0, q1, q2, q3}, [%[out]]"
                   :
                   : [first] "r"(rows.first), [second] "r"(rows.second), [third] "r"(rows.third),
                     [out] "r"(rows.out), [count] "r"(count)
                   : "d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7", "lr", "memory");
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

static inline arenite_two_fours arenite_two_windows_3x3(const int8_t *one, const int8_t *other, int32_t depth,
                                                        const int8_t *weights) {
  const arenite_two_fours sums = {arenite_window_3x3(one, depth, weights), arenite_window_3x3(other, depth, weights)};
  return sums;
}

static inline arenite_four_fours arenite_windows_3x3(const int8_t *columns, int32_t depth, const int8_t *weights) {
  const int32_t step = ARENITE_WORD * depth;
  const arenite_four_fours sums = {
      arenite_window_3x3(columns, depth, weights), arenite_window_3x3(columns + step, depth, weights),
      arenite_window_3x3(columns + 2 * step, depth, weights), arenite_window_3x3(columns + 3 * step, depth, weights)};
  return sums;
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

static inline void arenite_turn_some(arenite_rows rows, int32_t count) {
  for (int32_t i = 0; i < ARENITE_CHUNK; ++i) {
    const int inside = i < count;
    rows.out[ARENITE_WORD * i] = inside ? rows.first[i] : 0;
    rows.out[ARENITE_WORD * i + 1] = inside ? rows.second[i] : 0;
    rows.out[ARENITE_WORD * i + 2] = inside ? rows.third[i] : 0;
    rows.out[ARENITE_WORD * i + 3] = 0;
  }
}

static inline arenite_rows arenite_turn_chunks(arenite_rows rows, int32_t first_step, int32_t third_step,
                                               int32_t count) {
  for (; count > 0; --count) {
    arenite_turn_some(rows, ARENITE_CHUNK);
    rows.first += first_step;
    rows.second += ARENITE_CHUNK;
    rows.third += third_step;
    rows.out += ARENITE_WORD * ARENITE_CHUNK;
  }
  return rows;
}

#endif

#endif
