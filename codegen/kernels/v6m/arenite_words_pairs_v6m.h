/* Words for Armv6-M: one multiplication for two pixels. */
#ifndef ARENITE_WORDS_PAIRS_V6M_H
#define ARENITE_WORDS_PAIRS_V6M_H

#include "arenite_words_v6m.h"

/* Inputs of two pixels in one number, first + second * 2^16. */
static inline int32_t arenite_pixel_pair(int32_t first, int32_t second) {
  return (int32_t)((uint32_t)first + ((uint32_t)second << 16));
}

/* Pairs of `count` elements, of which the first one's index in the chunk is odd or not; the inputs of each pixel begin
 * at in[p], and are `steps[p]` apart. Returns where the pairs of the next element begin. */
ARENITE_NOINLINE int32_t *arenite_pair_any(const int8_t *const *in, const int32_t *steps, int32_t count, int32_t odd,
                                           int32_t *pairs) {
  const int8_t *first = in[0];
  const int8_t *second = in[1];
  const int8_t *third = in[2];
  const int8_t *fourth = in[3];
  int32_t step = odd ? 3 : 1;
  for (; count > 0; --count) {
    pairs[0] = arenite_pixel_pair(*first, *second);
    pairs[2] = arenite_pixel_pair(*third, *fourth);
    first += steps[0];
    second += steps[1];
    third += steps[2];
    fourth += steps[3];
    pairs += step;
    step = 4 - step;
  }
  return pairs;
}

/* The same of pixels whose windows are `distance` bytes apart, and lie in the input. */
ARENITE_NOINLINE int32_t *arenite_pair_inside(const int8_t *in, int32_t distance, int32_t count, int32_t odd,
                                              int32_t *pairs) {
  const int8_t *second = in + distance;
  const int8_t *third = second + distance;
  const int8_t *fourth = third + distance;
  int32_t step = odd ? 3 : 1;
  for (int32_t i = 0; i < count; ++i) {
    pairs[0] = arenite_pixel_pair(in[i], second[i]);
    pairs[2] = arenite_pixel_pair(third[i], fourth[i]);
    pairs += step;
    step = 4 - step;
  }
  return pairs;
}

/* The same of one pixel, whose inputs stay alone in their pairs. */
ARENITE_NOINLINE int32_t *arenite_pair_alone(const int8_t *in, int32_t count, int32_t odd, int32_t *pairs) {
  int32_t step = odd ? 3 : 1;
  for (int32_t i = 0; i < count; ++i) {
    *pairs = in[i];
    pairs += step;
    step = 4 - step;
  }
  return pairs;
}

/* Adds, for four pixels, the products of their inputs and the weights of one output channel to sums[0..3].
 *
 * Pairs are [count / 2][first pixels, last pixels][2]: for every two inputs those of the first two pixels, then those
 * of the last two. Weight i is at weights[8 * i]. `count` is a multiple of 4, and at least 4; the magnitudes of weights
 * 2 i and 2 i + 1 add up to 255 at most, so that two products fit into the half of a number. */
static inline void arenite_dot_four_pixels(const int32_t *pairs, const int8_t *weights, int32_t count, int32_t *sums);

/* As arenite_dot_four_pixels for the first two pixels, and sums[0..1]. */
static inline void arenite_dot_two_pixels(const int32_t *pairs, const int8_t *weights, int32_t count, int32_t *sums);

/* The same for the first pixel, whose inputs are alone in their pairs, and four output channels: weights of channel c
 * are at weights[8 * i + c], and sums[c] is its sum. */
static inline void arenite_dot_four_channels(const int32_t *pairs, const int8_t *weights, int32_t count, int32_t *sums);

#if defined(__ARM_ARCH_6M__) && defined(__GNUC__)

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

#else

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
