/* Words for Helium (the M-profile vector extension): sums of products and copies of int8. Each has a portable twin of the
 * same result.
 *
 * Inputs and outputs may begin at any byte; constants are aligned to their elements. */
#ifndef ARENITE_WORDS_MVE_H
#define ARENITE_WORDS_MVE_H

#include "arenite_words_requantise_mve.h"

/* Elements of one chunk: a vector of int8. */
#define ARENITE_CHUNK 16

/* Where two windows and the weights of the same channels begin, and how many chunks the windows have, more than 0. */
typedef struct {
  const int8_t *first;
  const int8_t *second;
  const int8_t *weights;
  int32_t chunks;
} arenite_two_windows;

/* The sums of the same four channels for two windows. */
typedef struct {
  arenite_four first;
  arenite_four second;
} arenite_two_fours;

/* What output elements go through: all lanes of a vector are alike. */
typedef struct {
  arenite_four zero_point;
  arenite_four low;
  arenite_four high;
} arenite_output_range;

/* Weights of four channels are chunk by chunk: a chunk of the first channel, of the second, third and fourth. The last
 * chunks are filled up with zeros. */

#if ARENITE_MVE

/* The sums of products of `count` > 0 elements with the weights of four channels; `weights` moves behind these. No
 * element behind `count` is read. */
static inline arenite_four arenite_four_dot(const int8_t *in, const int8_t **weights, int32_t count) {
  arenite_four sums, other;
  const int8_t *from = *weights;
  __asm__("movs r0, #0\n\t"
          "movs r2, #0\n\t"
          "movs r4, #0\n\t"
          "movs r6, #0\n\t"
          "dlstp.8 lr, %[count]\n"
          "1:\n\t"
          "vldrb.u8 %q[a], [%[in]], #16\n\t"
          "vldrb.u8 %q[b], [%[from]], #16\n\t"
          "vmladava.s8 r0, %q[a], %q[b]\n\t"
          "vldrb.u8 %q[b], [%[from]], #16\n\t"
          "vmladava.s8 r2, %q[a], %q[b]\n\t"
          "vldrb.u8 %q[b], [%[from]], #16\n\t"
          "vmladava.s8 r4, %q[a], %q[b]\n\t"
          "vldrb.u8 %q[b], [%[from]], #16\n\t"
          "vmladava.s8 r6, %q[a], %q[b]\n\t"
          "letp lr, 1b\n\t"
          "vmov %q[a][2], %q[a][0], r0, r4\n\t"
          "vmov %q[a][3], %q[a][1], r2, r6"
          : [a] "=&w"(sums), [b] "=&w"(other), [in] "+r"(in), [from] "+r"(from)
          : [count] "r"(count)
          : "r0", "r2", "r4", "r6", "lr", "cc", "memory");
  *weights = from;
  return sums;
}

#define ARENITE_EIGHT_PRODUCTS(add)        \
  "vldrb.u8 %q[a], [r1], #16\n\t"          \
  "vldrb.u8 %q[c], [r5], #16\n\t"          \
  "vmladav" add ".s8 r0, %q[a], %q[c]\n\t" \
  "vldrb.u8 %q[b], [r3], #16\n\t"          \
  "vmladav" add ".s8 r8, %q[b], %q[c]\n\t" \
  "vldrb.u8 %q[d], [r5], #16\n\t"          \
  "vmladav" add ".s8 r2, %q[a], %q[d]\n\t" \
  "vldrb.u8 %q[c], [r5], #16\n\t"          \
  "vmladav" add ".s8 r10, %q[b], %q[d]\n\t" \
  "vmladav" add ".s8 r4, %q[a], %q[c]\n\t" \
  "vldrb.u8 %q[d], [r5], #16\n\t"          \
  "vmladav" add ".s8 r12, %q[b], %q[c]\n\t" \
  "vmladav" add ".s8 r6, %q[a], %q[d]\n\t" \
  "vmladav" add ".s8 lr, %q[b], %q[d]\n\t"

/* The sums for two windows, chunks of which are read whole; their weights move behind those of the four channels. */
static inline arenite_two_fours arenite_two_fours_dot(arenite_two_windows *windows) {
  arenite_four a, b, c, d;
  __asm__ volatile("ldm %[windows], {r1, r3, r5, r9}\n\t"
                   ARENITE_EIGHT_PRODUCTS("")
                   "subs r9, r9, #1\n\t"
                   "beq 3f\n\t"
                   "lsrs r9, r9, #1\n\t"
                   "bcc 1f\n\t"
                   ARENITE_EIGHT_PRODUCTS("a")
                   "cmp r9, #0\n\t"
                   "beq 3f\n"
                   "1:\n\t"
                   ARENITE_EIGHT_PRODUCTS("a")
                   ARENITE_EIGHT_PRODUCTS("a")
                   "subs r9, r9, #1\n\t"
                   "bne 1b\n"
                   "3:\n\t"
                   "str r5, [%[windows], #8]\n\t"
                   "vmov %q[a][2], %q[a][0], r0, r4\n\t"
                   "vmov %q[a][3], %q[a][1], r2, r6\n\t"
                   "vmov %q[b][2], %q[b][0], r8, r12\n\t"
                   "vmov %q[b][3], %q[b][1], r10, lr"
                   : [a] "=&w"(a), [b] "=&w"(b), [c] "=&w"(c), [d] "=&w"(d)
                   : [windows] "r"(windows)
                   : "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r12", "lr", "cc", "memory");
  const arenite_two_fours sums = {a, b};
  return sums;
}

/* Output elements of the first `count` lanes, of which there are 1 to 4. */
static inline void arenite_four_store(arenite_four values, const arenite_output_range *range, int32_t count,
                                      int8_t *out) {
  const int32x4_t moved = vaddq_s32(values, range->zero_point);
  const int32x4_t clamped = vminq_s32(vmaxq_s32(moved, range->low), range->high);
  if (count >= 4) {
    vstrbq_s32(out, clamped);
  } else {
    vstrbq_p_s32(out, clamped, vctp32q((uint32_t)count));
  }
}

/* Copies `count` >= 0 bytes. */
static inline void arenite_copy(const int8_t *in, int32_t count, int8_t *out) {
  int8x16_t bytes;
  __asm__ volatile("wlstp.8 lr, %[count], 2f\n"
                   "1:\n\t"
                   "vldrb.u8 %q[bytes], [%[in]], #16\n\t"
                   "vstrb.8 %q[bytes], [%[out]], #16\n\t"
                   "letp lr, 1b\n"
                   "2:"
                   : [bytes] "=&w"(bytes), [in] "+r"(in), [out] "+r"(out)
                   : [count] "r"(count)
                   : "lr", "memory");
}

/* Copies `columns` >= 0 runs of `depth` < ARENITE_CHUNK bytes, one behind the other, to places `pitch` bytes apart:
 * those of one chunk are at most 255 bytes apart. */
static inline void arenite_spread(const int8_t *in, int32_t columns, int32_t depth, int8_t *out, int32_t pitch) {
  const int32_t part = ARENITE_CHUNK / depth;
  const uint8x16_t numbers = vidupq_n_u8(0, 1);
  /* Exact quotients, as the numbers are small. */
  const uint8x16_t column =
      depth == 1 ? numbers : vmulhq_u8(numbers, vdupq_n_u8((uint8_t)((255 + depth) / depth)));
  const uint8x16_t places = vmlaq_n_u8(numbers, column, (uint8_t)(pitch - depth));
  int8x16_t bytes;
  for (int32_t rest = columns * depth; rest > 0; rest -= part * depth) {
    const int32_t count = rest < part * depth ? rest : part * depth;
    __asm__ volatile("dlstp.8 lr, %[count]\n"
                     "1:\n\t"
                     "vldrb.u8 %q[bytes], [%[in]]\n\t"
                     "vstrb.8 %q[bytes], [%[out], %q[places]]\n\t"
                     "letp lr, 1b"
                     : [bytes] "=&w"(bytes)
                     : [in] "r"(in), [out] "r"(out), [places] "w"(places), [count] "r"(count)
                     : "lr", "memory");
    in += part * depth;
    out += part * pitch;
  }
}

/* Sets `count` >= 0 bytes. */
static inline void arenite_fill(int32_t value, int32_t count, int8_t *out) {
  const int8x16_t bytes = vdupq_n_s8((int8_t)value);
  __asm__ volatile("wlstp.8 lr, %[count], 2f\n"
                   "1:\n\t"
                   "vstrb.8 %q[bytes], [%[out]], #16\n\t"
                   "letp lr, 1b\n"
                   "2:"
                   : [out] "+r"(out)
                   : [bytes] "w"(bytes), [count] "r"(count)
                   : "lr", "memory");
}

#else

static inline arenite_four arenite_four_dot(const int8_t *in, const int8_t **weights, int32_t count) {
  arenite_four sums = arenite_four_of(0);
  const int8_t *from = *weights;
  for (; count > 0; count -= ARENITE_CHUNK) {
    const int32_t part = count < ARENITE_CHUNK ? count : ARENITE_CHUNK;
    for (int32_t c = 0; c < 4; ++c) {
      for (int32_t i = 0; i < part; ++i) {
        sums.lane[c] = arenite_mac(sums.lane[c], in[i], from[i]);
      }
      from += ARENITE_CHUNK;
    }
    in += part;
  }
  *weights = from;
  return sums;
}

static inline arenite_two_fours arenite_two_fours_dot(arenite_two_windows *windows) {
  const int8_t *weights = windows->weights;
  arenite_two_fours sums;
  sums.first = arenite_four_dot(windows->first, &weights, windows->chunks * ARENITE_CHUNK);
  sums.second = arenite_four_dot(windows->second, &windows->weights, windows->chunks * ARENITE_CHUNK);
  return sums;
}

static inline void arenite_four_store(arenite_four values, const arenite_output_range *range, int32_t count,
                                      int8_t *out) {
  for (int32_t c = 0; c < 4 && c < count; ++c) {
    out[c] = arenite_store(values.lane[c], range->zero_point.lane[c], range->low.lane[c], range->high.lane[c]);
  }
}

static inline void arenite_copy(const int8_t *in, int32_t count, int8_t *out) {
  for (; count > 0; --count) {
    *out++ = *in++;
  }
}

static inline void arenite_spread(const int8_t *in, int32_t columns, int32_t depth, int8_t *out, int32_t pitch) {
  for (; columns > 0; --columns) {
    arenite_copy(in, depth, out);
    in += depth;
    out += pitch;
  }
}

static inline void arenite_fill(int32_t value, int32_t count, int8_t *out) {
  for (; count > 0; --count) {
    *out++ = (int8_t)value;
  }
}

#endif

#endif
