/* Words for bodies on Armv6-M: its multiplication leaves 32 bits, and its instructions see eight registers. */
#ifndef ARENITE_WORDS_V6M_H
#define ARENITE_WORDS_V6M_H

#include "arenite_words.h"

/* Channels of bodies have in place of their exponent a code: the exponent where that is in [0, ARENITE_MOST_EXPONENT] and
 * accumulators are less than 2^29, ARENITE_CONSTANT_CHANNEL where the bias is the result whatever the inputs are, and
 * the exponent less 64 otherwise. */
#define ARENITE_MOST_EXPONENT 21
#define ARENITE_CONSTANT_CHANNEL 64

ARENITE_NOINLINE int32_t arenite_requantise_rare(int32_t acc, const arenite_channel *channel) {
  if (channel->exponent == ARENITE_CONSTANT_CHANNEL) {
    return channel->bias;
  }
  return arenite_requantise_twice(acc, (int32_t)((uint32_t)channel->multiplier >> 1), ~(channel->exponent + 64));
}

/* acc * M / 2^32 to nearest, ties upwards, of the multiplier M - 2^32, and |acc| < 2^29: products of halves of the numbers,
 * each of 32 bits. */
static inline int32_t arenite_product_v6m(int32_t acc, int32_t multiplier) {
  /* Half of M is 2^30 or more and below 2^31. */
  const int32_t upper = (int32_t)((uint32_t)multiplier >> 17);
  const int32_t lower = (int32_t)((uint32_t)multiplier >> 1 & 0xffffu);
  const int32_t low = (int16_t)acc;
  const int32_t high = (acc - low) >> 16;
  const int32_t middle = high * lower + low * upper + (low * lower >> 16);
  return high * upper * 2 + ((middle + (1 << 14)) >> 15);
}

/* acc * the channel's real multiplier, rounded twice as arenite_requantise does. */
static inline int32_t arenite_requantise_v6m(int32_t acc, const arenite_channel *channel) {
  if ((uint32_t)channel->exponent > ARENITE_MOST_EXPONENT) {
    return arenite_requantise_rare(acc, channel);
  }
  const int32_t product = arenite_product_v6m(acc, channel->multiplier);
  return (((product + (product >> 31)) >> channel->exponent) + 1) >> 1;
}

/* acc * the real multiplier, rounded once as arenite_rescale does, of |acc| < 2^29. */
static inline int32_t arenite_rescale_v6m(int32_t acc, const arenite_scale *scale) {
  if (scale->exponent < 0 || scale->exponent > ARENITE_MOST_EXPONENT) {
    return arenite_rescale(acc, scale);
  }
  /* With the fraction, and rounded down, the product may be less by 1. */
  const int32_t shifted = arenite_product_v6m(acc, scale->multiplier) + (1 << scale->exponent);
  const int32_t mask = (2 << scale->exponent) - 1;
  if ((shifted & mask) == 0) {
    return arenite_rescale(acc, scale);
  }
  return shifted >> scale->exponent >> 1;
}

/* Output elements of a channel, saturated to int8, from the sums of `count` pixels, which is at least 1; they are
 * `stride` elements apart. */
static inline void arenite_requantise_pixels(const int32_t *sums, int32_t count, const arenite_channel *channel,
                                             int32_t zero_point, int8_t *out, int32_t stride);

/* Inputs of two pixels in one number, first + second * 2^16. */
static inline int32_t arenite_pixel_pair(int32_t first, int32_t second) {
  return (int32_t)((uint32_t)first + ((uint32_t)second << 16));
}

/* Adds, for four pixels, the products of their inputs and the weights of one output channel to sums[0..3].
 *
 * Pairs are [count / 2][first pixels, last pixels][2]: for every two inputs those of the first two pixels, then those of
 * the last two. Weight i is at weights[8 * i]. `count` is a multiple of 4, and at least 4; the magnitudes of weights 2 i
 * and 2 i + 1 add up to 255 at most, so that two products fit into the half of a number. */
static inline void arenite_dot_four_pixels(const int32_t *pairs, const int8_t *weights, int32_t count, int32_t *sums);

/* The same for the first two pixels, and sums[0..1]. */
static inline void arenite_dot_two_pixels(const int32_t *pairs, const int8_t *weights, int32_t count, int32_t *sums);

/* The same for the first pixel, whose inputs are alone in their pairs, and four output channels: weights of channel c
 * are at weights[8 * i + c], and sums[c] is its sum. */
static inline void arenite_dot_four_channels(const int32_t *pairs, const int8_t *weights, int32_t count, int32_t *sums);

/* Adds the products of `count` inputs, an even number, and the weights of four outputs, a byte each plus 128, the first
 * one's the lowest, to sums[0..3]. */
static inline void arenite_dot_four_outputs(const int8_t *in, const uint32_t *weights, int32_t count, int32_t *sums);

/* For each of `count` windows, at least 1: terms[0] plus the products of the words of the window and terms[1] to
 * terms[taps], which is a multiple of 9. Windows begin `step` words apart. */
static inline void arenite_dot_windows(const int32_t *window, int32_t step, int32_t count, const int32_t *terms,
                                       int32_t taps, int32_t *sums);

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

/* Sums of `count` elements, at least 1, in ascending order: 2^20 x plus twice the scaled 2^21 y, scaled to the output plus
 * 128, which saturates. */
static inline void arenite_add_elements(const arenite_scaling *scaled, const arenite_scaling *output, const int8_t *x,
                                        const int8_t *y, int8_t *out, int32_t count);

/* Words from `count` elements of three rows, at least 1, that begin at `offset` and are `distance` apart: those of a column
 * side by side. */
static inline void arenite_spread_three(const int8_t *const *rows, int32_t offset, int32_t distance, int32_t count,
                                        int32_t *to);

/* Words from nine bytes. */
static inline void arenite_spread_nine(const int8_t *in, int32_t *to);

#if defined(__ARM_ARCH_6M__) && defined(__GNUC__)

/* r1 and r2 are the halves of half the multiplier, r8 what rounds its product, r9 what rounds the shift by r6 and adds the
 * zero point plus 128. Sums up to lr saturate, as half of them do before ReLU. r7 may be the frame pointer. */
static inline void arenite_requantise_pixels(const int32_t *sums, int32_t count, const arenite_channel *channel,
                                             int32_t zero_point, int8_t *out, int32_t stride) {
  if ((uint32_t)channel->exponent > ARENITE_MOST_EXPONENT) {
    for (; count > 0; --count) {
      *out = arenite_saturate(arenite_requantise_rare(*sums++, channel), zero_point);
      out += stride;
    }
    return;
  }
  register const int32_t *from __asm__("r0") = sums;
  register const int32_t *end __asm__("r1") = sums + count;
  register const arenite_channel *record __asm__("r2") = channel;
  register int32_t offset __asm__("r3") = zero_point + 128;
  register int8_t *to __asm__("r4") = out;
  register int32_t step __asm__("r5") = stride;
  __asm__ volatile(
      ".syntax unified\n"
      "push {r7}\n"
      "mov r12, r1\n"
      "mov r11, r5\n"
      "movs r7, r4\n"
      "movs r4, #0\n"
      "cmp r3, #0\n"
      "beq 5f\n"
      "movs r4, #1\n"
      "lsls r4, r4, #31\n"
      "5:\n"
      "mov lr, r4\n"
      "ldr r1, [r2, #4]\n"
      "ldr r6, [r2, #8]\n"
      "movs r4, #1\n"
      "lsls r4, r4, r6\n"
      "adds r6, r6, #1\n"
      "lsls r3, r3, r6\n"
      "adds r3, r3, r4\n"
      "mov r9, r3\n"
      "lsrs r2, r1, #17\n"
      "lsrs r1, r1, #1\n"
      "uxth r1, r1\n"
      "movs r4, #1\n"
      "lsls r4, r4, #14\n"
      "mov r8, r4\n"
      "movs r4, #255\n"
      "mov r10, r4\n"
      "1:\n"
      "ldmia r0!, {r3}\n"
      "cmp r3, lr\n"
      "ble 6f\n"
      "sxth r4, r3\n"
      "subs r3, r3, r4\n"
      "asrs r3, r3, #16\n"
      "movs r5, r4\n"
      "muls r5, r1, r5\n"
      "asrs r5, r5, #16\n"
      "muls r4, r2, r4\n"
      "adds r4, r4, r5\n"
      "movs r5, r3\n"
      "muls r5, r1, r5\n"
      "adds r4, r4, r5\n"
      "add r4, r8\n"
      "asrs r4, r4, #15\n"
      "muls r3, r2, r3\n"
      "adds r4, r4, r3\n"
      "adds r4, r4, r3\n"
      "asrs r3, r4, #31\n"
      "adds r4, r4, r3\n"
      "add r4, r9\n"
      "asrs r4, r4, r6\n"
      "cmp r4, r10\n"
      "bhi 3f\n"
      "2:\n"
      "subs r4, r4, #128\n"
      "strb r4, [r7]\n"
      "add r7, r11\n"
      "cmp r0, r12\n"
      "bne 1b\n"
      "b 4f\n"
      "3:\n"
      "mvns r4, r4\n"
      "asrs r4, r4, #31\n"
      "uxtb r4, r4\n"
      "b 2b\n"
      "6:\n"
      "movs r4, #0\n"
      "b 2b\n"
      "4:\n"
      "pop {r7}\n"
      : "+r"(from), "+r"(end), "+r"(record), "+r"(offset), "+r"(to), "+r"(step)
      :
      : "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}

/* r6 and r7 are the sums of the second pixels; r8 and r9 those of whole products, from which the sums of the first
 * pixels follow. An arithmetic shift leaves in the carry whether the lower half of a number was negative. */
#define ARENITE_TWO_WEIGHTS \
  "ldrsb r2, [r1, r0]\n"    \
  "ldmia r0!, {r4, r5}\n"   \
  "ldrsb r3, [r1, r0]\n"    \
  "muls r4, r2, r4\n"       \
  "muls r5, r3, r5\n"       \
  "adds r4, r4, r5\n"       \
  "add r8, r4\n"            \
  "asrs r4, r4, #16\n"      \
  "adcs r6, r4\n"

#define ARENITE_TWO_WEIGHTS_AGAIN \
  "ldmia r0!, {r4, r5}\n"         \
  "muls r4, r2, r4\n"             \
  "muls r5, r3, r5\n"             \
  "adds r4, r4, r5\n"             \
  "add r9, r4\n"                  \
  "asrs r4, r4, #16\n"            \
  "adcs r7, r4\n"

/* r7 may be the frame pointer, and is kept in r12. */
static inline void arenite_dot_four_pixels(const int32_t *pairs, const int8_t *weights, int32_t count, int32_t *sums) {
  register const int32_t *at __asm__("r0") = pairs;
  register uint32_t distance __asm__("r1") = (uint32_t)weights - (uint32_t)pairs;
  register int32_t *to __asm__("r2") = sums;
  register const int32_t *end __asm__("r3") = pairs + 2 * count;
  __asm__ volatile(
      ".syntax unified\n"
      "mov r12, r7\n"
      "mov r11, r2\n"
      "mov r10, r3\n"
      "ldmia r2!, {r4, r6}\n"
      "ldr r7, [r2, #4]\n"
      "ldr r2, [r2]\n"
      "lsls r5, r6, #16\n"
      "adds r4, r4, r5\n"
      "mov r8, r4\n"
      "lsls r5, r7, #16\n"
      "adds r5, r5, r2\n"
      "mov r9, r5\n"
      "subs r3, r3, r0\n"
      "lsls r3, r3, #26\n"
      "bmi 2f\n"
      "1:\n" ARENITE_TWO_WEIGHTS ARENITE_TWO_WEIGHTS_AGAIN ARENITE_TWO_WEIGHTS ARENITE_TWO_WEIGHTS_AGAIN
      "2:\n" ARENITE_TWO_WEIGHTS ARENITE_TWO_WEIGHTS_AGAIN ARENITE_TWO_WEIGHTS ARENITE_TWO_WEIGHTS_AGAIN
      "cmp r0, r10\n"
      "bne 1b\n"
      "lsls r4, r6, #16\n"
      "mov r5, r8\n"
      "subs r5, r5, r4\n"
      "mov r2, r11\n"
      "stmia r2!, {r5, r6}\n"
      "lsls r4, r7, #16\n"
      "mov r5, r9\n"
      "subs r5, r5, r4\n"
      "stmia r2!, {r5, r7}\n"
      "mov r7, r12\n"
      : "+r"(at), "+r"(to), "+r"(end)
      : "r"(distance)
      : "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "cc", "memory");
}

static inline void arenite_dot_two_pixels(const int32_t *pairs, const int8_t *weights, int32_t count, int32_t *sums) {
  register const int32_t *at __asm__("r0") = pairs;
  register uint32_t distance __asm__("r1") = (uint32_t)weights - (uint32_t)pairs;
  register int32_t *to __asm__("r2") = sums;
  register const int32_t *end __asm__("r3") = pairs + 2 * count;
  __asm__ volatile(
      ".syntax unified\n"
      "mov r11, r2\n"
      "mov r10, r3\n"
      "ldmia r2!, {r4, r6}\n"
      "lsls r5, r6, #16\n"
      "adds r4, r4, r5\n"
      "mov r8, r4\n"
      "1:\n" ARENITE_TWO_WEIGHTS "adds r0, r0, #8\n" ARENITE_TWO_WEIGHTS "adds r0, r0, #8\n"
      "cmp r0, r10\n"
      "bne 1b\n"
      "lsls r4, r6, #16\n"
      "mov r5, r8\n"
      "subs r5, r5, r4\n"
      "mov r2, r11\n"
      "stmia r2!, {r5, r6}\n"
      : "+r"(at), "+r"(to), "+r"(end)
      : "r"(distance)
      : "r4", "r5", "r6", "r8", "r10", "r11", "cc", "memory");
}

/* r1 to r4 are where the weights of each channel begin, less r0. */
#define ARENITE_FOUR_PRODUCTS(input) \
  "ldrsb r5, [r1, r0]\n"             \
  "muls r5, " input ", r5\n"         \
  "add r8, r5\n"                     \
  "ldrsb r5, [r2, r0]\n"             \
  "muls r5, " input ", r5\n"         \
  "add r9, r5\n"                     \
  "ldrsb r5, [r3, r0]\n"             \
  "muls r5, " input ", r5\n"         \
  "add r10, r5\n"                    \
  "ldrsb r5, [r4, r0]\n"             \
  "muls r5, " input ", r5\n"         \
  "add r11, r5\n"

static inline void arenite_dot_four_channels(const int32_t *pairs, const int8_t *weights, int32_t count,
                                             int32_t *sums) {
  register const int32_t *at __asm__("r0") = pairs;
  register uint32_t distance __asm__("r1") = (uint32_t)weights - (uint32_t)pairs - 8u;
  register int32_t *to __asm__("r2") = sums;
  register const int32_t *end __asm__("r3") = pairs + 2 * count;
  __asm__ volatile(
      ".syntax unified\n"
      "push {r2, r7}\n"
      "mov r12, r3\n"
      "ldmia r2!, {r4, r5, r6, r7}\n"
      "mov r8, r4\n"
      "mov r9, r5\n"
      "mov r10, r6\n"
      "mov r11, r7\n"
      "adds r2, r1, #1\n"
      "adds r3, r1, #2\n"
      "adds r4, r1, #3\n"
      "1:\n"
      "ldmia r0!, {r6, r7}\n" ARENITE_FOUR_PRODUCTS("r6")
      "adds r0, r0, #8\n" ARENITE_FOUR_PRODUCTS("r7")
      "cmp r0, r12\n"
      "bne 1b\n"
      "mov r4, r8\n"
      "mov r5, r9\n"
      "mov r6, r10\n"
      "mov r7, r11\n"
      "pop {r2}\n"
      "stmia r2!, {r4, r5, r6, r7}\n"
      "pop {r7}\n"
      : "+r"(at), "+r"(to), "+r"(end), "+r"(distance)
      :
      : "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "cc", "memory");
}

/* One input, which is in r7, and the weights in `quad`; r8 to r11 are the sums of products with a quad that is shifted by
 * so many bytes, thus contain 256 times the next one. */
#define ARENITE_QUAD(quad)      \
  "lsrs r6, " quad ", #24\n"    \
  "muls r6, r7, r6\n"           \
  "add r11, r6\n"               \
  "lsrs r6, " quad ", #16\n"    \
  "muls r6, r7, r6\n"           \
  "add r10, r6\n"               \
  "lsrs r6, " quad ", #8\n"     \
  "muls r6, r7, r6\n"           \
  "add r9, r6\n"                \
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

#define ARENITE_THREE_TAPS      \
  "ldmia r0!, {r2, r3, r4}\n"   \
  "ldmia r1!, {r5, r6, r7}\n"   \
  "muls r2, r5, r2\n"           \
  "muls r3, r6, r3\n"           \
  "muls r4, r7, r4\n"           \
  "add r8, r2\n"                \
  "add r8, r3\n"                \
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

static inline void arenite_dot_four_outputs(const int8_t *in, const uint32_t *weights, int32_t count, int32_t *sums) {
  for (int32_t i = 0; i < count; ++i) {
    for (int32_t output = 0; output < 4; ++output) {
      sums[output] = arenite_mac(sums[output], in[i], (int32_t)(weights[i] >> 8 * output & 0xffu));
    }
  }
}

static inline void arenite_requantise_pixels(const int32_t *sums, int32_t count, const arenite_channel *channel,
                                             int32_t zero_point, int8_t *out, int32_t stride) {
  for (; count > 0; --count) {
    *out = arenite_saturate(arenite_requantise_v6m(*sums++, channel), zero_point);
    out += stride;
  }
}

/* Adds the products of two pixels. */
static inline void arenite_dot_pair(const int32_t *pairs, const int8_t *weights, int32_t count, int32_t *sums) {
  for (int32_t i = 0; i < count; ++i) {
    const int32_t pair = pairs[4 * (i >> 1) + (i & 1)];
    const int32_t first = (int16_t)pair;
    const int32_t second = (int32_t)((uint32_t)pair - (uint32_t)first) >> 16;
    sums[0] = arenite_mac(sums[0], first, weights[8 * i]);
    sums[1] = arenite_mac(sums[1], second, weights[8 * i]);
  }
}

static inline void arenite_dot_four_pixels(const int32_t *pairs, const int8_t *weights, int32_t count, int32_t *sums) {
  arenite_dot_pair(pairs, weights, count, sums);
  arenite_dot_pair(pairs + 2, weights, count, sums + 2);
}

static inline void arenite_dot_two_pixels(const int32_t *pairs, const int8_t *weights, int32_t count, int32_t *sums) {
  arenite_dot_pair(pairs, weights, count, sums);
}

static inline void arenite_dot_four_channels(const int32_t *pairs, const int8_t *weights, int32_t count,
                                             int32_t *sums) {
  for (int32_t i = 0; i < count; ++i) {
    for (int32_t c = 0; c < 4; ++c) {
      sums[c] = arenite_mac(sums[c], pairs[4 * (i >> 1) + (i & 1)], weights[8 * i + c]);
    }
  }
}

#endif

#endif
