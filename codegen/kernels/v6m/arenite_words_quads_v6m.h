/* Words for Armv6-M: four outputs of a matrix product. */
#ifndef ARENITE_WORDS_QUADS_V6M_H
#define ARENITE_WORDS_QUADS_V6M_H

#include "arenite_words_v6m.h"

/* Adds the products of `count` inputs, an even number, and the weights of four outputs, a byte each plus 128, the first
 * one's the lowest, to sums[0..3]. */
static inline void arenite_dot_four_outputs(const int8_t *in, const uint32_t *weights, int32_t count, int32_t *sums);

#if defined(__ARM_ARCH_6M__) && defined(__GNUC__)

/* One input, which is in r7, and the weights in `quad`; r8 to r11 are the sums of products with a quad that is shifted
 * by so many bytes, thus contain 256 times the next one. */
#define ARENITE_QUAD(quad)        \
  "lsrs r6, " quad ", #24\n"      \
  "muls r6, r7, r6\n"             \
  "add r11, r6\n"                 \
  "lsrs r6, " quad ", #16\n"      \
  "muls r6, r7, r6\n"             \
  "add r10, r6\n"                 \
  "lsrs r6, " quad ", #8\n"       \
  "muls r6, r7, r6\n"             \
  "add r9, r6\n"                  \
  "muls " quad ", r7, " quad "\n" \
  "add r8, " quad "\n"

static inline void arenite_dot_four_outputs(const int8_t *in, const uint32_t *weights, int32_t count, int32_t *sums) {
  register const uint32_t *at __asm__("r0") = weights;
  register const int8_t *first __asm__("r1") = in + count;
  register const int8_t *second __asm__("r2") = in + count + 1;
  register int32_t index __asm__("r3") = -count;
  register int32_t *to __asm__("r4") = sums;
  __asm__ volatile(
      ".syntax unified\n"
      "mov r12, r7\n"
      "mov lr, r4\n"
      "movs r4, #0\n"
      "mov r8, r4\n"
      "mov r9, r4\n"
      "mov r10, r4\n"
      "mov r11, r4\n"
      "cmp r3, #0\n"
      "beq 2f\n"
      "1:\n"
      "ldmia r0!, {r4, r5}\n"
      "ldrsb r7, [r1, r3]\n" ARENITE_QUAD("r4")
      "ldrsb r7, [r2, r3]\n" ARENITE_QUAD("r5")
      "adds r3, r3, #2\n"
      "bne 1b\n"
      "2:\n"
      "mov r0, lr\n"
      "mov r3, r8\n"
      "mov r4, r9\n"
      "mov r5, r10\n"
      "mov r6, r11\n"
      "lsls r1, r4, #8\n"
      "subs r3, r3, r1\n"
      "lsls r1, r5, #8\n"
      "subs r4, r4, r1\n"
      "lsls r1, r6, #8\n"
      "subs r5, r5, r1\n"
      "ldmia r0!, {r1, r2}\n"
      "adds r3, r3, r1\n"
      "adds r4, r4, r2\n"
      "ldmia r0!, {r1, r2}\n"
      "adds r5, r5, r1\n"
      "adds r6, r6, r2\n"
      "subs r0, r0, #16\n"
      "stmia r0!, {r3, r4, r5, r6}\n"
      "mov r7, r12\n"
      : "+r"(at), "+r"(first), "+r"(second), "+r"(index), "+r"(to)
      :
      : "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}

#else

static inline void arenite_dot_four_outputs(const int8_t *in, const uint32_t *weights, int32_t count, int32_t *sums) {
  for (int32_t i = 0; i < count; ++i) {
    for (int32_t output = 0; output < 4; ++output) {
      sums[output] = arenite_mac(sums[output], in[i], (int32_t)(weights[i] >> 8 * output & 0xffu));
    }
  }
}

#endif

#endif
