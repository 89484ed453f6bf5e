/* Words for Armv6-M: windows of words, of one channel each. */
#ifndef ARENITE_WORDS_WINDOWS_V6M_H
#define ARENITE_WORDS_WINDOWS_V6M_H

#include "arenite_words_v6m.h"

/* For each of `count` windows, at least 1: terms[0] plus the products of the words of the window and terms[1] to
 * terms[taps], which is a multiple of 9. Windows begin `step` words apart. */
static inline void arenite_dot_windows(const int32_t *window, int32_t step, int32_t count, const int32_t *terms,
                                       int32_t taps, int32_t *sums);

/* Words from `count` elements of three rows, at least 1, that begin at `offset` and are `distance` apart: those of a
 * column side by side. */
static inline void arenite_spread_three(const int8_t *const *rows, int32_t offset, int32_t distance, int32_t count,
                                        int32_t *to);

/* Words from nine bytes. */
static inline void arenite_spread_nine(const int8_t *in, int32_t *to);

#if defined(__ARM_ARCH_6M__) && defined(__GNUC__)

#define ARENITE_THREE_TAPS    \
  "ldmia r0!, {r2, r3, r4}\n" \
  "ldmia r1!, {r5, r6, r7}\n" \
  "muls r2, r5, r2\n"         \
  "muls r3, r6, r3\n"         \
  "muls r4, r7, r4\n"         \
  "add r8, r2\n"              \
  "add r8, r3\n"              \
  "add r8, r4\n"

static inline void arenite_dot_windows(const int32_t *window, int32_t step, int32_t count, const int32_t *terms,
                                       int32_t taps, int32_t *sums) {
  register const int32_t *at __asm__("r0") = window;
  register const int32_t *first_term __asm__("r1") = terms;
  register const int32_t *last_term __asm__("r2") = terms + 1 + taps;
  register int32_t back __asm__("r3") = 4 * (step - taps);
  register int32_t *to __asm__("r4") = sums;
  register int32_t *end __asm__("r5") = sums + count;
  __asm__ volatile(
      ".syntax unified\n"
      "push {r7}\n"
      "mov r9, r4\n"
      "mov r10, r1\n"
      "mov r11, r2\n"
      "mov r12, r3\n"
      "mov lr, r5\n"
      "1:\n"
      "mov r1, r10\n"
      "ldmia r1!, {r2}\n"
      "mov r8, r2\n"
      "2:\n" ARENITE_THREE_TAPS ARENITE_THREE_TAPS ARENITE_THREE_TAPS
      "cmp r1, r11\n"
      "bne 2b\n"
      "add r0, r12\n"
      "mov r2, r8\n"
      "mov r3, r9\n"
      "stmia r3!, {r2}\n"
      "mov r9, r3\n"
      "cmp r3, lr\n"
      "bne 1b\n"
      "pop {r7}\n"
      : "+r"(at), "+r"(first_term), "+r"(last_term), "+r"(back), "+r"(to), "+r"(end)
      :
      : "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}

static inline void arenite_spread_three(const int8_t *const *rows, int32_t offset, int32_t distance, int32_t count,
                                        int32_t *to) {
  register const int8_t *const *first __asm__("r0") = rows;
  register int32_t at __asm__("r1") = offset;
  register int32_t step __asm__("r2") = distance;
  register int32_t *into __asm__("r3") = to;
  register int32_t *end __asm__("r4") = to + 3 * count;
  __asm__ volatile(
      ".syntax unified\n"
      "mov r12, r7\n"
      "mov r8, r2\n"
      "mov r9, r4\n"
      "ldmia r0!, {r4, r5, r6}\n"
      "1:\n"
      "ldrsb r0, [r4, r1]\n"
      "ldrsb r2, [r5, r1]\n"
      "ldrsb r7, [r6, r1]\n"
      "stmia r3!, {r0, r2, r7}\n"
      "add r1, r8\n"
      "cmp r3, r9\n"
      "bne 1b\n"
      "mov r7, r12\n"
      : "+r"(first), "+r"(at), "+r"(step), "+r"(into), "+r"(end)
      :
      : "r5", "r6", "r8", "r9", "r12", "cc", "memory");
}

#define ARENITE_THREE_BYTES(first, second, third) \
  "ldrb r2, [r0, " first "]\n"                    \
  "ldrb r3, [r0, " second "]\n"                   \
  "ldrb r4, [r0, " third "]\n"                    \
  "sxtb r2, r2\n"                                 \
  "sxtb r3, r3\n"                                 \
  "sxtb r4, r4\n"                                 \
  "stmia r1!, {r2, r3, r4}\n"

static inline void arenite_spread_nine(const int8_t *in, int32_t *to) {
  register const int8_t *from __asm__("r0") = in;
  register int32_t *into __asm__("r1") = to;
  __asm__ volatile(".syntax unified\n" ARENITE_THREE_BYTES("#0", "#1", "#2") ARENITE_THREE_BYTES("#3", "#4", "#5")
                       ARENITE_THREE_BYTES("#6", "#7", "#8")
                   : "+r"(into)
                   : "r"(from)
                   : "r2", "r3", "r4", "cc", "memory");
}

#else

static inline void arenite_dot_windows(const int32_t *window, int32_t step, int32_t count, const int32_t *terms,
                                       int32_t taps, int32_t *sums) {
  for (; count > 0; --count) {
    int32_t sum = terms[0];
    for (int32_t i = 0; i < taps; ++i) {
      sum = arenite_mac(sum, window[i], terms[1 + i]);
    }
    *sums++ = sum;
    window += step;
  }
}

static inline void arenite_spread_three(const int8_t *const *rows, int32_t offset, int32_t distance, int32_t count,
                                        int32_t *to) {
  for (int32_t i = 0; i < count; ++i) {
    for (int32_t row = 0; row < 3; ++row) {
      *to++ = rows[row][offset + i * distance];
    }
  }
}

static inline void arenite_spread_nine(const int8_t *in, int32_t *to) {
  for (int32_t i = 0; i < 9; ++i) {
    to[i] = in[i];
  }
}

#endif

#endif
