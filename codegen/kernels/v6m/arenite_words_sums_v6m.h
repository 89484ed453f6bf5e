/* Words for Armv6-M: sums of elements. */
#ifndef ARENITE_WORDS_SUMS_V6M_H
#define ARENITE_WORDS_SUMS_V6M_H

#include "arenite_words_v6m.h"

/* A product with a multiplier, which is not negative, and a shift: (value * multiplier / 2^32 + half - (value < 0)) /
 * 2^shift, rounded to nearest and down. Of values that are less than 2^29. `offset` is added to the value before. */
typedef struct {
  int32_t offset;
  int32_t multiplier;
  int32_t half;
  int32_t shift;
} arenite_scaling;

/* value * multiplier / 2^32, to nearest, ties upwards; multiplier >= 0. */
static inline int32_t arenite_high_product(int32_t value, int32_t multiplier) {
  const int32_t upper = multiplier >> 16;
  const int32_t lower = multiplier & 0xffff;
  const int32_t low = (int16_t)value;
  const int32_t high = (value - low) >> 16;
  const int32_t middle = high * lower + low * upper + (low * lower >> 16);
  return high * upper + ((middle + (1 << 15)) >> 16);
}

/* Sums of `count` elements, at least 1, in ascending order: 2^20 x plus twice the scaled 2^21 y, scaled to the output
 * plus 128, which saturates. */
static inline void arenite_add_elements(const arenite_scaling *scaled, const arenite_scaling *output, const int8_t *x,
                                        const int8_t *y, int8_t *out, int32_t count);

#if defined(__ARM_ARCH_6M__) && defined(__GNUC__)

/* r3 times the multiplier of which these registers are the halves, and the shift, whose terms are on the stack. */
#define ARENITE_SCALE(lower, upper, half, shift) \
  "asrs r7, r3, #31\n"                           \
  "sxth r4, r3\n"                                \
  "subs r3, r3, r4\n"                            \
  "asrs r3, r3, #16\n"                           \
  "mov r5, " lower "\n"                          \
  "movs r6, r4\n"                                \
  "muls r6, r5, r6\n"                            \
  "asrs r6, r6, #16\n"                           \
  "muls r5, r3, r5\n"                            \
  "adds r6, r6, r5\n"                            \
  "mov r5, " upper "\n"                          \
  "muls r4, r5, r4\n"                            \
  "adds r6, r6, r4\n"                            \
  "add r6, r12\n"                                \
  "asrs r6, r6, #16\n"                           \
  "muls r3, r5, r3\n"                            \
  "adds r3, r3, r6\n"                            \
  "adds r3, r3, r7\n"                            \
  "ldr r7, [sp, " half "]\n"                     \
  "adds r3, r3, r7\n"                            \
  "ldr r7, [sp, " shift "]\n"                    \
  "asrs r3, r3, r7\n"

static inline void arenite_add_elements(const arenite_scaling *scaled, const arenite_scaling *output, const int8_t *x,
                                        const int8_t *y, int8_t *out, int32_t count) {
  register const int8_t *at_x __asm__("r0") = x;
  register const int8_t *at_y __asm__("r1") = y;
  register int8_t *to __asm__("r2") = out;
  register const arenite_scaling *first __asm__("r3") = scaled;
  register const arenite_scaling *second __asm__("r4") = output;
  register const int8_t *end __asm__("r5") = out + count;
  __asm__ volatile(
      ".syntax unified\n"
      "push {r5, r7}\n"
      "ldmia r4!, {r5, r6}\n"
      "push {r5}\n"
      "uxth r7, r6\n"
      "mov r10, r7\n"
      "lsrs r6, r6, #16\n"
      "mov r11, r6\n"
      "ldmia r4!, {r5, r6}\n"
      "push {r5, r6}\n"
      "ldmia r3!, {r5, r6}\n"
      "mov lr, r5\n"
      "uxth r7, r6\n"
      "mov r8, r7\n"
      "lsrs r6, r6, #16\n"
      "mov r9, r6\n"
      "ldmia r3!, {r5, r6}\n"
      "push {r5, r6}\n"
      "movs r3, #1\n"
      "lsls r3, r3, #15\n"
      "mov r12, r3\n"
      "1:\n"
      "movs r3, #0\n"
      "ldrsb r3, [r1, r3]\n"
      "adds r1, r1, #1\n"
      "lsls r3, r3, #21\n"
      "add r3, lr\n" ARENITE_SCALE("r8", "r9", "#0", "#4")
      "lsls r3, r3, #1\n"
      "movs r4, #0\n"
      "ldrsb r4, [r0, r4]\n"
      "adds r0, r0, #1\n"
      "lsls r4, r4, #20\n"
      "adds r3, r3, r4\n"
      "ldr r4, [sp, #16]\n"
      "adds r3, r3, r4\n" ARENITE_SCALE("r10", "r11", "#8", "#12")
      "movs r4, #255\n"
      "cmp r3, r4\n"
      "bhi 3f\n"
      "2:\n"
      "subs r3, r3, #128\n"
      "strb r3, [r2]\n"
      "adds r2, r2, #1\n"
      "ldr r4, [sp, #20]\n"
      "cmp r2, r4\n"
      "bne 1b\n"
      "b 4f\n"
      "3:\n"
      "mvns r3, r3\n"
      "asrs r3, r3, #31\n"
      "uxtb r3, r3\n"
      "b 2b\n"
      "4:\n"
      "add sp, #24\n"
      "pop {r7}\n"
      : "+r"(at_x), "+r"(at_y), "+r"(to), "+r"(first), "+r"(second), "+r"(end)
      :
      : "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}

#else

static inline int32_t arenite_scale_v6m(int32_t value, const arenite_scaling *s) {
  return (arenite_high_product(value, s->multiplier) + s->half + (value >> 31)) >> s->shift;
}

static inline void arenite_add_elements(const arenite_scaling *scaled, const arenite_scaling *output, const int8_t *x,
                                        const int8_t *y, int8_t *out, int32_t count) {
  for (int32_t i = 0; i < count; ++i) {
    const int32_t rescaled = arenite_scale_v6m(y[i] * (1 << 21) + scaled->offset, scaled);
    const int32_t sum = x[i] * (1 << 20) + output->offset + rescaled * 2;
    out[i] = (int8_t)(arenite_clamp(arenite_scale_v6m(sum, output), 0, 255) - 128);
  }
}

#endif

#endif
