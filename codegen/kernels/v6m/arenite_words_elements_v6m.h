/* Words for Armv6-M: sums and products of the elements of two tensors, one by one.
 *
 * Operands and output are given by their ends, and by the index of an element before them, which is less than 0.
 * Outputs are computed up to the end in ascending order, plus 128 saturated to uint8, minus 128. */
#ifndef ARENITE_WORDS_ELEMENTS_V6M_H
#define ARENITE_WORDS_ELEMENTS_V6M_H

#include "arenite_words.h"

/* ((x + x_offset) * (y + y_offset) * multiplier / 2^(16 + first_shift) + half) / 2^shift, rounded to nearest, ties
 * upwards, and down. The multiplier is upper * 2^16 + lower, where lower is in [-2^15, 2^15), and not negative;
 * first_half is 2^(first_shift - 1), and first_shift in [1, 16]. */
typedef struct {
  int32_t x_offset;
  int32_t y_offset;
  int32_t lower;
  int32_t upper;
  int32_t first_half;
  int32_t half;
  int32_t first_shift;
  int32_t shift;
} arenite_product_terms;

/* (x * x_gain + y * y_gain + offset) / 2^shift, rounded down; what is cut off is near a tie if, times 2^(32 - shift),
 * it is at most `window`, a uint32_t. shift is in [1, 31]. */
typedef struct {
  int32_t x_gain;
  int32_t y_gain;
  int32_t offset;
  int32_t shift;
  int32_t window;
} arenite_sum_terms;

static inline void arenite_product_terms_set(arenite_product_terms *terms, int32_t multiplier, int32_t first_shift) {
  terms->lower = (int16_t)multiplier;
  terms->upper = ((multiplier >> 15) + 1) >> 1;
  terms->first_half = 1 << (first_shift - 1);
  terms->first_shift = first_shift;
}

/* Products, of which negative ones are less by 1 before the second rounding; first_shift is 15. */
static inline void arenite_multiply_elements(const arenite_product_terms *terms, const int8_t *x_end,
                                             const int8_t *y_end, int8_t *out_end, int32_t i);

/* Products up to the first that is next to a tie, where the second rounding cuts off nothing. Returns its index, or 0
 * if there is none. */
static inline int32_t arenite_multiply_off_ties(const arenite_product_terms *terms, const int8_t *x_end,
                                                const int8_t *y_end, int8_t *out_end, int32_t i);

/* Sums likewise. */
static inline int32_t arenite_add_off_ties(const arenite_sum_terms *terms, const int8_t *x_end, const int8_t *y_end,
                                           int8_t *out_end, int32_t i);

#if defined(__ARM_ARCH_6M__) && defined(__GNUC__)

/* The product of the elements in r4, and / 2^16 times the multiplier, with the first half, in r5. */
#define ARENITE_PRODUCT  \
  "ldrsb r4, [r0, r3]\n" \
  "ldrsb r5, [r1, r3]\n" \
  "add r4, r8\n"         \
  "add r5, r9\n"         \
  "muls r4, r5, r4\n"    \
  "mov r5, r10\n"        \
  "muls r5, r4, r5\n"    \
  "asrs r5, r5, #16\n"   \
  "mov r6, r11\n"        \
  "muls r6, r4, r6\n"    \
  "adds r5, r5, r6\n"    \
  "add r5, r12\n"

/* Stores r5; r4 is overwritten. */
#define ARENITE_STORE    \
  "uxtb r4, r5\n"        \
  "cmp r4, r5\n"         \
  "bne 3f\n"             \
  "2:\n"                 \
  "subs r4, r4, #128\n"  \
  "strb r4, [r2, r3]\n"  \
  "adds r3, r3, #1\n"    \
  "bne 1b\n"             \
  "b 4f\n"               \
  "3:\n"                 \
  "mvns r4, r5\n"        \
  "asrs r4, r4, #31\n"   \
  "uxtb r4, r4\n"        \
  "b 2b\n"               \
  "4:\n"

#define ARENITE_PRODUCT_TERMS \
  "ldmia r4!, {r5, r6}\n"     \
  "mov r8, r5\n"              \
  "mov r9, r6\n"              \
  "ldmia r4!, {r5, r6}\n"     \
  "mov r10, r5\n"             \
  "mov r11, r6\n"             \
  "ldmia r4!, {r5, r6}\n"     \
  "mov r12, r5\n"             \
  "mov lr, r6\n"

static inline void arenite_multiply_elements(const arenite_product_terms *terms, const int8_t *x_end,
                                             const int8_t *y_end, int8_t *out_end, int32_t i) {
  register const int8_t *x __asm__("r0") = x_end;
  register const int8_t *y __asm__("r1") = y_end;
  register int8_t *out __asm__("r2") = out_end;
  register int32_t index __asm__("r3") = i;
  register const arenite_product_terms *t __asm__("r4") = terms;
  __asm__ volatile(
      ".syntax unified\n"
      "push {r7}\n" ARENITE_PRODUCT_TERMS
      "ldr r7, [r4, #4]\n"
      "1:\n" ARENITE_PRODUCT
      "asrs r5, r5, #15\n"
      "asrs r4, r4, #31\n"
      "adds r5, r5, r4\n"
      "add r5, lr\n"
      "asrs r5, r5, r7\n" ARENITE_STORE
      "pop {r7}\n"
      : "+r"(x), "+r"(y), "+r"(out), "+r"(index), "+r"(t)
      :
      : "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}

static inline int32_t arenite_multiply_off_ties(const arenite_product_terms *terms, const int8_t *x_end,
                                                const int8_t *y_end, int8_t *out_end, int32_t i) {
  register const int8_t *x __asm__("r0") = x_end;
  register const int8_t *y __asm__("r1") = y_end;
  register int8_t *out __asm__("r2") = out_end;
  register int32_t index __asm__("r3") = i;
  register const arenite_product_terms *t __asm__("r4") = terms;
  __asm__ volatile(
      ".syntax unified\n"
      "push {r7}\n" ARENITE_PRODUCT_TERMS
      "ldmia r4!, {r6, r7}\n"
      "movs r5, #32\n"
      "subs r5, r5, r7\n"
      "push {r5, r7}\n"
      "movs r7, r6\n"
      "1:\n" ARENITE_PRODUCT
      "asrs r5, r5, r7\n"
      "add r5, lr\n"
      "ldr r6, [sp]\n"
      "movs r4, r5\n"
      "lsls r4, r4, r6\n"
      "beq 4f\n"
      "ldr r6, [sp, #4]\n"
      "asrs r5, r5, r6\n" ARENITE_STORE
      "add sp, #8\n"
      "pop {r7}\n"
      : "+r"(x), "+r"(y), "+r"(out), "+r"(index), "+r"(t)
      :
      : "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
  return index;
}

static inline int32_t arenite_add_off_ties(const arenite_sum_terms *terms, const int8_t *x_end, const int8_t *y_end,
                                           int8_t *out_end, int32_t i) {
  register const int8_t *x __asm__("r0") = x_end;
  register const int8_t *y __asm__("r1") = y_end;
  register int8_t *out __asm__("r2") = out_end;
  register int32_t index __asm__("r3") = i;
  register const arenite_sum_terms *t __asm__("r4") = terms;
  __asm__ volatile(
      ".syntax unified\n"
      "push {r7}\n"
      "ldmia r4!, {r5, r6, r7}\n"
      "mov r8, r5\n"
      "mov r9, r6\n"
      "mov r10, r7\n"
      "ldmia r4!, {r6, r7}\n"
      "mov r11, r6\n"
      "mov r12, r7\n"
      "movs r7, #32\n"
      "subs r7, r7, r6\n"
      "1:\n"
      "ldrsb r4, [r0, r3]\n"
      "ldrsb r5, [r1, r3]\n"
      "mov r6, r8\n"
      "muls r4, r6, r4\n"
      "mov r6, r9\n"
      "muls r5, r6, r5\n"
      "adds r5, r5, r4\n"
      "add r5, r10\n"
      "movs r4, r5\n"
      "lsls r4, r4, r7\n"
      "cmp r4, r12\n"
      "bls 4f\n"
      "mov r6, r11\n"
      "asrs r5, r5, r6\n" ARENITE_STORE
      "pop {r7}\n"
      : "+r"(x), "+r"(y), "+r"(out), "+r"(index), "+r"(t)
      :
      : "r5", "r6", "r8", "r9", "r10", "r11", "r12", "cc", "memory");
  return index;
}

#else

static inline void arenite_multiply_elements(const arenite_product_terms *terms, const int8_t *x_end,
                                             const int8_t *y_end, int8_t *out_end, int32_t i) {
  for (; i < 0; ++i) {
    const int32_t product = (x_end[i] + terms->x_offset) * (y_end[i] + terms->y_offset);
    const int32_t scaled = product * terms->upper + (product * terms->lower >> 16) + terms->first_half;
    const int32_t result = ((scaled >> 15) + (product >> 31) + terms->half) >> terms->shift;
    out_end[i] = (int8_t)(arenite_clamp(result, 0, 255) - 128);
  }
}

static inline int32_t arenite_multiply_off_ties(const arenite_product_terms *terms, const int8_t *x_end,
                                                const int8_t *y_end, int8_t *out_end, int32_t i) {
  for (; i < 0; ++i) {
    const int32_t product = (x_end[i] + terms->x_offset) * (y_end[i] + terms->y_offset);
    const int32_t scaled = product * terms->upper + (product * terms->lower >> 16) + terms->first_half;
    const int32_t result = (scaled >> terms->first_shift) + terms->half;
    if ((uint32_t)result << (32 - terms->shift) == 0) {
      break;
    }
    out_end[i] = (int8_t)(arenite_clamp(result >> terms->shift, 0, 255) - 128);
  }
  return i;
}

static inline int32_t arenite_add_off_ties(const arenite_sum_terms *terms, const int8_t *x_end, const int8_t *y_end,
                                           int8_t *out_end, int32_t i) {
  for (; i < 0; ++i) {
    const int32_t sum = x_end[i] * terms->x_gain + y_end[i] * terms->y_gain + terms->offset;
    if ((uint32_t)sum << (32 - terms->shift) <= (uint32_t)terms->window) {
      break;
    }
    out_end[i] = (int8_t)(arenite_clamp(sum >> terms->shift, 0, 255) - 128);
  }
  return i;
}

#endif

#endif
