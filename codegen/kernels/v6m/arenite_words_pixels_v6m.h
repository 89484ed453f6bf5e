/* Words for Armv6-M: all channels of four pixels at once. */
#ifndef ARENITE_WORDS_PIXELS_V6M_H
#define ARENITE_WORDS_PIXELS_V6M_H

#include "arenite_words_pairs_v6m.h"

/* Channels of four pixels: pairs as above, up to `end`, and weights of the next channel, which are followed by those of
 * `left - 1` channels of the same eight, and these, after `next` bytes, by the next eight. Output pixels are `stride`
 * elements apart; the zero point is that of the output. */
typedef struct {
  const int32_t *pairs;
  const int8_t *weights;
  const arenite_channel *channel;
  int8_t *out;
  const int32_t *end;
  int32_t stride;
  int32_t zero_point;
  int32_t left;
  int32_t next;
  int32_t count;
} arenite_pixel_channels;

/* Whether arenite_four_pixels rounds as the kernel does. */
static inline int arenite_rounds_twice(void) { return 1; }

/* Goes on to the next channel. */
static inline void arenite_next_channel(arenite_pixel_channels *work) {
  ++work->channel;
  ++work->out;
  ++work->weights;
  --work->count;
  if (--work->left == 0) {
    work->weights += work->next;
    work->left = 8;
  }
}

/* What arenite_dot_four_pixels and arenite_requantise_pixels give from the biases, of `count` channels, at least 1, or
 * those in front of the first one that has an unusual code. */
static inline void arenite_four_pixels(arenite_pixel_channels *work);

#if defined(__ARM_ARCH_6M__) && defined(__GNUC__)

/* The stack holds `work` and r7, and the sums of four pixels; lr, r11 and r12 are what sums saturate up to, the stride
 * and 255. For the rest see above. */
static inline void arenite_four_pixels(arenite_pixel_channels *work) {
  register arenite_pixel_channels *fields __asm__("r0") = work;
  __asm__ volatile(
      ".syntax unified\n"
      "push {r0, r7}\n"
      "ldr r1, [r0, #20]\n"
      "mov r11, r1\n"
      "movs r1, #255\n"
      "mov r12, r1\n"
      "movs r2, #0\n"
      "ldr r1, [r0, #24]\n"
      "adds r1, r1, #128\n"
      "beq 1f\n"
      "movs r2, #1\n"
      "lsls r2, r2, #31\n"
      "1:\n"
      "mov lr, r2\n"
      "2:\n"
      "ldr r7, [sp]\n"
      "ldr r2, [r7, #8]\n"
      "ldr r3, [r2, #8]\n"
      "cmp r3, #21\n"
      "bls 3f\n"
      "b 10f\n"
      "3:\n"
      "ldr r6, [r2]\n"
      "lsls r4, r6, #16\n"
      "adds r4, r4, r6\n"
      "mov r8, r4\n"
      "mov r9, r4\n"
      "ldr r0, [r7]\n"
      "ldr r1, [r7, #4]\n"
      "subs r1, r1, r0\n"
      "ldr r3, [r7, #16]\n"
      "mov r10, r3\n"
      "subs r3, r3, r0\n"
      "mov r7, r6\n"
      "lsls r3, r3, #26\n"
      "bmi 5f\n"
      "4:\n" ARENITE_TWO_WEIGHTS ARENITE_TWO_WEIGHTS_AGAIN ARENITE_TWO_WEIGHTS ARENITE_TWO_WEIGHTS_AGAIN
      "5:\n" ARENITE_TWO_WEIGHTS ARENITE_TWO_WEIGHTS_AGAIN ARENITE_TWO_WEIGHTS ARENITE_TWO_WEIGHTS_AGAIN
      "cmp r0, r10\n"
      "bne 4b\n"
      "lsls r4, r6, #16\n"
      "mov r3, r8\n"
      "subs r3, r3, r4\n"
      "lsls r4, r7, #16\n"
      "mov r5, r9\n"
      "subs r5, r5, r4\n"
      "mov r4, r6\n"
      "mov r6, r7\n"
      "push {r3, r4, r5, r6}\n"
      "ldr r7, [sp, #16]\n"
      "ldr r5, [r7, #4]\n"
      "adds r5, r5, #1\n"
      "ldr r3, [r7, #28]\n"
      "subs r3, r3, #1\n"
      "bne 6f\n"
      "ldr r3, [r7, #32]\n"
      "adds r5, r5, r3\n"
      "movs r3, #8\n"
      "6:\n"
      "str r5, [r7, #4]\n"
      "str r3, [r7, #28]\n"
      "ldr r2, [r7, #8]\n"
      "ldr r1, [r2, #4]\n"
      "ldr r6, [r2, #8]\n"
      "adds r2, r2, #12\n"
      "str r2, [r7, #8]\n"
      "ldr r3, [r7, #24]\n"
      "adds r3, r3, #128\n"
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
      "ldr r4, [r7, #12]\n"
      "adds r5, r4, #1\n"
      "str r5, [r7, #12]\n"
      "mov r7, r4\n"
      "movs r0, #4\n"
      "7:\n"
      "pop {r3}\n"
      "cmp r3, lr\n"
      "ble 9f\n" ARENITE_SHORT_PRODUCT
      "cmp r4, r12\n"
      "bhi 11f\n"
      "8:\n"
      "subs r4, r4, #128\n"
      "strb r4, [r7]\n"
      "add r7, r11\n"
      "subs r0, r0, #1\n"
      "bne 7b\n"
      "ldr r7, [sp]\n"
      "ldr r2, [r7, #36]\n"
      "subs r2, r2, #1\n"
      "str r2, [r7, #36]\n"
      "beq 10f\n"
      "b 2b\n"
      "9:\n"
      "movs r4, #0\n"
      "b 8b\n"
      "11:\n"
      "mvns r4, r4\n"
      "asrs r4, r4, #31\n"
      "uxtb r4, r4\n"
      "b 8b\n"
      "10:\n"
      "pop {r0, r7}\n"
      : "+r"(fields)
      :
      : "r1", "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}

#else

static inline void arenite_four_pixels(arenite_pixel_channels *work) {
  while (work->count > 0 && (uint32_t)work->channel->exponent <= ARENITE_MOST_EXPONENT) {
    const int32_t bias = work->channel->bias;
    int32_t sums[4] = {bias, bias, bias, bias};
    arenite_dot_four_pixels(work->pairs, work->weights, (int32_t)(work->end - work->pairs) / 2, sums);
    arenite_requantise_pixels(sums, 4, work->channel, work->zero_point, work->out, work->stride);
    arenite_next_channel(work);
  }
}

#endif

#endif
