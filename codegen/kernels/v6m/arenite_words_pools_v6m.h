/* Words for Armv6-M: sums and maxima of elements that lie apart. */
#ifndef ARENITE_WORDS_POOLS_V6M_H
#define ARENITE_WORDS_POOLS_V6M_H

#include "arenite_words.h"

/* The part of a window that lies in the input. Row k, first <= k < last, begins at in + taps[k] and has `columns`
 * elements of each channel, `channels` apart. It has at least one row and one column. */
typedef struct {
  const int8_t *in;
  const int32_t *taps;
  int32_t first;
  int32_t last;
  int32_t columns;
  int32_t channels;
} arenite_part;

/* Sums over a window of at most 257 elements for four channels from c on, of their elements plus 128: the first and the
 * third in the halves of `even`, the others in those of `odd`. In all pixels, channel c is aligned to 4 bytes. */
typedef struct {
  uint32_t even;
  uint32_t odd;
} arenite_byte_sums;

static inline arenite_byte_sums arenite_sum_four(const arenite_part *part, int32_t c);

/* out[i] = the maximum of taps[0][i] to taps[n - 1][i], 1 <= n <= ARENITE_MOST_TAPS, for i in [0, count), ascending;
 * count is at least 1. `out` may be one of them. */
#define ARENITE_MOST_TAPS 5
static inline void arenite_maxima(const int8_t *const *taps, int32_t n, int8_t *out, int32_t count);

#if defined(__ARM_ARCH_6M__) && defined(__GNUC__)

static inline arenite_byte_sums arenite_sum_four(const arenite_part *part, int32_t c) {
  register const int8_t *in __asm__("r0") = part->in + c;
  register const int32_t *first __asm__("r1") = part->taps + part->first;
  register uint32_t even __asm__("r2") = (uint32_t)part->columns;
  register const int32_t *last __asm__("r3") = part->taps + part->last;
  register uint32_t signs __asm__("r4") = UINT32_C(0x80808080);
  register uint32_t mask __asm__("r5") = UINT32_C(0x00ff00ff);
  register int32_t step __asm__("r6") = part->channels;
  __asm__ volatile(
      ".syntax unified\n"
      "push {r7}\n"
      "mov r8, r1\n"
      "mov r9, r3\n"
      "mov r10, r0\n"
      "muls r2, r6, r2\n"
      "mov r11, r2\n"
      "movs r2, #0\n"
      "movs r3, #0\n"
      "2:\n"
      "mov r7, r8\n"
      "ldmia r7!, {r0}\n"
      "mov r8, r7\n"
      "add r0, r10\n"
      "mov r7, r11\n"
      "adds r7, r7, r0\n"
      "1:\n"
      "ldr r1, [r0]\n"
      "adds r0, r0, r6\n"
      "eors r1, r4\n"
      "adds r2, r2, r1\n"
      "lsrs r1, r1, #8\n"
      "ands r1, r5\n"
      "adds r3, r3, r1\n"
      "cmp r0, r7\n"
      "bne 1b\n"
      "cmp r8, r9\n"
      "bne 2b\n"
      "lsls r1, r3, #8\n"
      "subs r2, r2, r1\n"
      "pop {r7}\n"
      : "+r"(in), "+r"(first), "+r"(even), "+r"(last), "+r"(signs), "+r"(mask), "+r"(step)
      :
      : "r8", "r9", "r10", "r11", "cc", "memory");
  const arenite_byte_sums sums = {even, (uint32_t)(intptr_t)last};
  return sums;
}

#define ARENITE_LARGER(tap, next) \
  "ldrsb r7, [" tap ", r5]\n"     \
  "cmp r6, r7\n"                  \
  "bge " next "f\n"               \
  "movs r6, r7\n" next ":\n"

/* A jump of 8 bytes for each tap leads past those that are not there. */
static inline void arenite_maxima(const int8_t *const *taps, int32_t n, int8_t *out, int32_t count) {
  register const int8_t *const *from __asm__("r0") = taps;
  register int32_t less __asm__("r1") = 8 * (n - 1);
  register int8_t *to __asm__("r2") = out + count;
  register int32_t elements __asm__("r3") = count;
  __asm__ volatile(
      ".syntax unified\n"
      "push {r7}\n"
      "mov r8, r2\n"
      "mov r12, r3\n"
      "negs r5, r3\n"
      "adr r7, 6f\n"
      "subs r7, r7, r1\n"
      "mov r9, r7\n"
      "ldmia r0, {r0, r1, r2, r3, r4}\n"
      "add r0, r12\n"
      "add r1, r12\n"
      "add r2, r12\n"
      "add r3, r12\n"
      "add r4, r12\n"
      ".balign 4\n"
      "1:\n"
      "ldrsb r6, [r0, r5]\n"
      "mov pc, r9\n" ARENITE_LARGER("r4", "2") ARENITE_LARGER("r3", "3") ARENITE_LARGER("r2", "4")
      ARENITE_LARGER("r1", "6")
      "mov r7, r8\n"
      "strb r6, [r7, r5]\n"
      "adds r5, r5, #1\n"
      "bne 1b\n"
      "pop {r7}\n"
      : "+r"(from), "+r"(less), "+r"(to), "+r"(elements)
      :
      : "r4", "r5", "r6", "r8", "r9", "r12", "cc", "memory");
}

#else

static inline arenite_byte_sums arenite_sum_four(const arenite_part *part, int32_t c) {
  uint32_t sums[4] = {0};
  for (int32_t k = part->first; k < part->last; ++k) {
    const int8_t *in = part->in + (part->taps[k] + c);
    for (int32_t i = 0; i < part->columns; ++i) {
      for (int32_t lane = 0; lane < 4; ++lane) {
        sums[lane] += (uint32_t)(in[lane] + 128);
      }
      in += part->channels;
    }
  }
  const arenite_byte_sums result = {sums[0] | sums[2] << 16, sums[1] | sums[3] << 16};
  return result;
}

static inline void arenite_maxima(const int8_t *const *taps, int32_t n, int8_t *out, int32_t count) {
  for (int32_t i = 0; i < count; ++i) {
    int8_t largest = taps[0][i];
    for (int32_t tap = 1; tap < n; ++tap) {
      largest = taps[tap][i] > largest ? taps[tap][i] : largest;
    }
    out[i] = largest;
  }
}

#endif

#endif
