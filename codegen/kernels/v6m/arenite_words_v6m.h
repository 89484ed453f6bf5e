/* Words for bodies on Armv6-M, whose multiplication leaves 32 bits and whose instructions see eight registers:
 * rounding. Other headers beside have words for one kind of kernel each. */
#ifndef ARENITE_WORDS_V6M_H
#define ARENITE_WORDS_V6M_H

#include "arenite_words.h"

/* Channels of bodies have in place of their exponent a code: the exponent where that is in [0, ARENITE_MOST_EXPONENT]
 * and accumulators are less than 2^29, ARENITE_CONSTANT_CHANNEL where the bias is the result whatever the inputs are,
 * and the exponent less 64 otherwise. */
#define ARENITE_MOST_EXPONENT 21
#define ARENITE_CONSTANT_CHANNEL 64

ARENITE_NOINLINE int32_t arenite_requantise_rare(int32_t acc, const arenite_channel *channel) {
  if (channel->exponent == ARENITE_CONSTANT_CHANNEL) {
    return channel->bias;
  }
  return arenite_requantise_twice(acc, (int32_t)((uint32_t)channel->multiplier >> 1), ~(channel->exponent + 64));
}

/* acc * M / 2^32 to nearest, ties upwards, of the multiplier M - 2^32, and |acc| < 2^29: products of halves of the
 * numbers, each of 32 bits. */
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

#if defined(__ARM_ARCH_6M__) && defined(__GNUC__)

/* r4 is the output of the sum in r3, plus 128: see below. */
#define ARENITE_SHORT_PRODUCT \
  "sxth r4, r3\n"             \
  "subs r3, r3, r4\n"         \
  "asrs r3, r3, #16\n"        \
  "movs r5, r4\n"             \
  "muls r5, r1, r5\n"         \
  "asrs r5, r5, #16\n"        \
  "muls r4, r2, r4\n"         \
  "adds r4, r4, r5\n"         \
  "movs r5, r3\n"             \
  "muls r5, r1, r5\n"         \
  "adds r4, r4, r5\n"         \
  "add r4, r8\n"              \
  "asrs r4, r4, #15\n"        \
  "muls r3, r2, r3\n"         \
  "adds r4, r4, r3\n"         \
  "adds r4, r4, r3\n"         \
  "asrs r3, r4, #31\n"        \
  "adds r4, r4, r3\n"         \
  "add r4, r9\n"              \
  "asrs r4, r4, r6\n"

/* r1 and r2 are the halves of half the multiplier, r8 what rounds its product, r9 what rounds the shift by r6 and adds
 * the zero point plus 128. Sums up to lr saturate, as half of them do before ReLU. r7 may be the frame pointer. */
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
      "ble 6f\n" ARENITE_SHORT_PRODUCT
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

#else

static inline void arenite_requantise_pixels(const int32_t *sums, int32_t count, const arenite_channel *channel,
                                             int32_t zero_point, int8_t *out, int32_t stride) {
  for (; count > 0; --count) {
    *out = arenite_saturate(arenite_requantise_v6m(*sums++, channel), zero_point);
    out += stride;
  }
}

#endif

#endif
