/* Words that multiply two inputs with the weights of two output channels at once, for the DSP extension, each beside a
 * portable version of the same result. */
#ifndef ARENITE_WORDS_PAIRS_DSP_H
#define ARENITE_WORDS_PAIRS_DSP_H

#include "arenite_words_dsp.h"

/* One output channel: twice an arenite_channel's bias, half its multiplier modulo 2^32, and its exponent, which is in
 * [0, 22] then; accumulators are less than 2^30 in magnitude. Of other channels, the bias, the multiplier and 64 less
 * than the exponent of an arenite_channel. Of four channels, all or none are of the first kind. */
typedef struct {
  int32_t bias;
  int32_t multiplier;
  int32_t exponent;
} arenite_pair_channel;

/* An accumulator, doubled, scaled as arenite_requantise does. `rounding` is 2 * zero_point + 1. */
static inline int8_t arenite_requantise_doubled(int32_t doubled, const arenite_pair_channel *channel,
                                                int32_t rounding) {
  const int32_t offset = (int32_t)((uint32_t)rounding << channel->exponent);
  const int32_t high = arenite_rounded_high_mac(offset, doubled, channel->multiplier);
  return arenite_saturated_half((high + (doubled >> 31)) >> channel->exponent);
}

/* Weights of two output channels for two inputs as halves: 256 times the weight of the second channel, plus the weight
 * of the first one, plus 128. One product sum of these, and one of their lower bytes, give the sums of both channels.
 *
 * Four inputs, in the order 0, 2, 1, 3, have four such words for four output channels: of inputs 0 and 2 for channels 0
 * and 1, then for channels 2 and 3; of inputs 1 and 3 likewise. */
typedef uint32_t arenite_pair_weights;

/* Product sums of the weights of channels 0 and 1 (2 and 3), and of their lower bytes. */
typedef struct {
  int32_t both01;
  int32_t low01;
  int32_t both23;
  int32_t low23;
} arenite_pair_sums;

#if !ARENITE_DSP
static inline arenite_pair_sums arenite_pair_mac(arenite_pair_sums sums, arenite_halves inputs,
                                                 const arenite_pair_weights *weights) {
  sums.both01 = arenite_mac_halves(sums.both01, inputs, weights[0]);
  sums.low01 = arenite_mac_halves(sums.low01, inputs, weights[0] & 0xff00ffu);
  sums.both23 = arenite_mac_halves(sums.both23, inputs, weights[1]);
  sums.low23 = arenite_mac_halves(sums.low23, inputs, weights[1] & 0xff00ffu);
  return sums;
}
#endif

/* The sum of the second channel of a pair, times 256. */
static inline int32_t arenite_pair_second(int32_t both, int32_t low) {
  return (int32_t)((uint32_t)both - (uint32_t)low);
}

/* sums + those of `fours` times four inputs, at least one. */
ARENITE_INLINE arenite_pair_sums arenite_pair_dot(arenite_pair_sums sums, const int8_t *in,
                                                  const arenite_pair_weights *weights, int32_t fours) {
#if ARENITE_DSP
  register const int8_t *x __asm__("r0") = in;
  register const arenite_pair_weights *w __asm__("r1") = weights;
  register const int8_t *end __asm__("r2") = in + 4 * fours;
  register int32_t both01 __asm__("r3") = sums.both01;
  register int32_t low01 __asm__("r4") = sums.low01;
  register int32_t both23 __asm__("r5") = sums.both23;
  register int32_t low23 __asm__("r6") = sums.low23;
#define ARENITE_PAIR_FOUR             \
  "ldr r9, [r0], #4\n\t"              \
  "ldm r1!, {r10, r11, r12, lr}\n\t"  \
  "sxtb16 r8, r9\n\t"                 \
  "sxtb16 r9, r9, ror #8\n\t"         \
  "smlad r3, r10, r8, r3\n\t"         \
  "smlad r5, r11, r8, r5\n\t"         \
  "smlad r3, r12, r9, r3\n\t"         \
  "smlad r5, lr, r9, r5\n\t"          \
  "uxtb16 r10, r10\n\t"               \
  "uxtb16 r11, r11\n\t"               \
  "uxtb16 r12, r12\n\t"               \
  "uxtb16 lr, lr\n\t"                 \
  "smlad r4, r10, r8, r4\n\t"         \
  "smlad r6, r11, r8, r6\n\t"         \
  "smlad r4, r12, r9, r4\n\t"         \
  "smlad r6, lr, r9, r6\n\t"
  __asm__ volatile(
      "sub r8, r2, r0\n\t"
      "tst r8, #4\n\t"
      "bne 2f\n"
      "1:\n\t" ARENITE_PAIR_FOUR "2:\n\t" ARENITE_PAIR_FOUR
      "cmp r0, r2\n\t"
      "bne 1b\n\t"
      : "+r"(x), "+r"(w), "+r"(both01), "+r"(low01), "+r"(both23), "+r"(low23)
      : "r"(end)
      : "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
#undef ARENITE_PAIR_FOUR
  const arenite_pair_sums result = {both01, low01, both23, low23};
  return result;
#else
  for (; fours > 0; --fours) {
    const uint32_t word = arenite_load_four(in);
    sums = arenite_pair_mac(sums, arenite_even_bytes(word), weights);
    sums = arenite_pair_mac(sums, arenite_odd_bytes(word), weights + 2);
    in += 4;
    weights += 4;
  }
  return sums;
#endif
}

/* Two output pixels: `in` holds two halves of the first one, then the same two of the second one, and so on. */
typedef struct {
  const arenite_halves *in;
  const arenite_halves *in_end;
  const arenite_pair_weights *weights;
  /* Of four channels each: of channels 0 and 1 the sums for both pixels, of the lower bytes for both, then of channels
   * 2 and 3 likewise. */
  int32_t *sums;
  int32_t *sums_end;
} arenite_pair_part;

/* Two output pixels likewise. `rounding` is 2 * zero_point + 1; sums of the pixels begin with `offsets`. */
typedef struct {
  const arenite_halves *in;
  const arenite_halves *in_end;
  const arenite_pair_weights *weights;
  const arenite_pair_channel *channels;
  int8_t *out[2];
  int32_t rounding;
  int32_t offsets[2];
  int32_t blocks;
  int32_t waiting[4];
} arenite_pair_pixels;

#if ARENITE_DSP
/* Two halves of both pixels for four channels: in at r0, weights at r1, sums in r2 to r9. */
#define ARENITE_PAIR_TWO         \
  "ldrd r10, r11, [r0], #8\n"  \
  "ldrd r12, lr, [r1], #8\n"   \
  "smlad r2, r12, r10, r2\n"   \
  "smlad r3, r12, r11, r3\n"   \
  "smlad r6, lr, r10, r6\n"    \
  "smlad r7, lr, r11, r7\n"    \
  "uxtb16 r12, r12\n"          \
  "uxtb16 lr, lr\n"            \
  "smlad r4, r12, r10, r4\n"   \
  "smlad r5, r12, r11, r5\n"   \
  "smlad r8, lr, r10, r8\n"    \
  "smlad r9, lr, r11, r9\n"
/* One output of the channel in r6 to r8, whose offset is in r9. */
#define ARENITE_PAIR_OUTPUT(doubled, to)   \
  "smmlar r0, " doubled ", r7, r9\n"     \
  "add r0, r0, " doubled ", asr #31\n"   \
  "asr r0, r0, r8\n"                     \
  "ssat r0, #8, r0, asr #1\n"            \
  "strb r0, [" to "], #1\n"
/* Two channels: sums in r2 to r5, channels at r10, outputs to r11 and r12, rounding in lr. */
#define ARENITE_PAIR_OUTPUTS                                                                          \
  "ldm r10!, {r6, r7, r8}\n"                                                                        \
  "sub r2, r2, r4\n"                                                                                \
  "sub r3, r3, r5\n"                                                                                \
  "add r4, r6, r4, lsl #1\n"                                                                        \
  "add r5, r6, r5, lsl #1\n"                                                                        \
  "lsl r9, lr, r8\n" ARENITE_PAIR_OUTPUT("r4", "r11") ARENITE_PAIR_OUTPUT("r5", "r12")             \
  "ldm r10!, {r6, r7, r8}\n"                                                                        \
  "add r2, r6, r2, asr #7\n"                                                                        \
  "add r3, r6, r3, asr #7\n"                                                                        \
  "lsl r9, lr, r8\n" ARENITE_PAIR_OUTPUT("r2", "r11") ARENITE_PAIR_OUTPUT("r3", "r12")
#else
/* Four channels of the first kind. */
static inline void arenite_pair_outputs(const int32_t *sums, const arenite_pair_channel *channels, int32_t rounding,
                                        int8_t *out) {
  const int32_t doubled[4] = {arenite_add(sums[2], sums[2]), arenite_pair_second(sums[0], sums[2]) >> 7,
                              arenite_add(sums[6], sums[6]), arenite_pair_second(sums[4], sums[6]) >> 7};
  for (int32_t i = 0; i < 4; ++i) {
    out[i] = arenite_requantise_doubled(arenite_add(doubled[i], channels[i].bias), &channels[i], rounding);
  }
}

static inline void arenite_pair_part_block(const arenite_halves *in, const arenite_halves *end,
                                           const arenite_pair_weights *weights, int32_t *sums) {
  for (; in != end; in += 2) {
    for (int32_t i = 0; i < 4; ++i) {
      sums[i] = arenite_mac_halves(sums[i], in[i & 1], i < 2 ? weights[0] : weights[0] & 0xff00ffu);
      sums[4 + i] = arenite_mac_halves(sums[4 + i], in[i & 1], i < 2 ? weights[1] : weights[1] & 0xff00ffu);
    }
    weights += 2;
  }
}
#endif

/* Adds to sums of at least one block of channels; there are at least four inputs. */
ARENITE_INLINE void arenite_pair_add(arenite_pair_part *part) {
#if ARENITE_DSP
  register arenite_pair_part *p __asm__("r0") = part;
  /* The stack holds the end of the inputs, the argument, and r7, which may be the frame pointer. */
  __asm__ volatile(
      "ldrd r2, r1, [r0, #4]\n\t"
      "mov r3, r0\n\t"
      "push {r2, r3, r7}\n"
      "1:\n\t"
      "ldr r12, [sp, #4]\n\t"
      "ldrd r0, r10, [r12]\n\t"
      "ldr r2, [r12, #12]\n\t"
      "sub r10, r10, r0\n\t"
      "ldm r2, {r2, r3, r4, r5, r6, r7, r8, r9}\n\t"
      "tst r10, #16\n\t"
      "bne 3f\n"
      "2:\n\t" ARENITE_PAIR_TWO ARENITE_PAIR_TWO
      "3:\n\t" ARENITE_PAIR_TWO ARENITE_PAIR_TWO
      "ldr r12, [sp]\n\t"
      "cmp r0, r12\n\t"
      "bne 2b\n\t"
      "ldr r12, [sp, #4]\n\t"
      "ldrd r10, r11, [r12, #12]\n\t"
      "stm r10!, {r2, r3, r4, r5, r6, r7, r8, r9}\n\t"
      "str r10, [r12, #12]\n\t"
      "cmp r10, r11\n\t"
      "bne 1b\n\t"
      "pop {r2, r3, r7}\n\t"
      : "+r"(p)
      :
      : "r1", "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
#else
  for (; part->sums != part->sums_end; part->sums += 8) {
    arenite_pair_part_block(part->in, part->in_end, part->weights, part->sums);
    part->weights += part->in_end - part->in;
  }
#endif
}

/* Computes output channels, four at a time, as long as these are of the first kind of arenite_pair_channel, as the
 * first four must be: weights, channels, out and blocks are those that remain. `blocks` is at least 1; there are at
 * least four inputs. */
ARENITE_INLINE void arenite_pair_blocks(arenite_pair_pixels *pixels) {
#if ARENITE_DSP
  register arenite_pair_pixels *p __asm__("r0") = pixels;
  /* The stack also holds how far behind its beginning the loop over inputs is entered: it takes 16 of them at once, 24
   * instructions of 4 bytes for four of them. */
  __asm__ volatile(
      "ldrd r2, r1, [r0, #4]\n\t"
      "mov r3, r0\n\t"
      "ldr r12, [r0]\n\t"
      "sub r12, r12, r2\n\t"
      "and r12, r12, #48\n\t"
      "add r12, r12, r12, lsl #1\n\t"
      "lsl r12, r12, #1\n\t"
      "push {r2, r3, r7, r12}\n"
      "1:\n\t"
      "ldr r12, [sp, #4]\n\t"
      "ldr lr, [sp, #12]\n\t"
      "ldr r0, [r12]\n\t"
      "ldrd r2, r3, [r12, #28]\n\t"
      "mov r4, r2\n\t"
      "mov r6, r2\n\t"
      "mov r8, r2\n\t"
      "mov r5, r3\n\t"
      "mov r7, r3\n\t"
      "mov r9, r3\n\t"
      "add pc, pc, lr\n\t"
      "nop\n"
      "2:\n\t" ARENITE_PAIR_TWO ARENITE_PAIR_TWO ARENITE_PAIR_TWO ARENITE_PAIR_TWO ARENITE_PAIR_TWO
          ARENITE_PAIR_TWO ARENITE_PAIR_TWO ARENITE_PAIR_TWO
      "ldr r12, [sp]\n\t"
      "cmp r0, r12\n\t"
      "bne 2b\n\t"
      "ldr r12, [sp, #4]\n\t"
      "ldrd r10, r11, [r12, #12]\n\t"
      "add r0, r12, #40\n\t"
      "ldrd r12, lr, [r12, #20]\n\t"
      "stm r0, {r6, r7, r8, r9}\n\t" ARENITE_PAIR_OUTPUTS
      "ldr r6, [sp, #4]\n\t"
      "add r0, r6, #40\n\t"
      "ldm r0, {r2, r3, r4, r5}\n\t" ARENITE_PAIR_OUTPUTS
      "ldr r6, [sp, #4]\n\t"
      "ldr r2, [r6, #36]\n\t"
      "strd r10, r11, [r6, #12]\n\t"
      "str r12, [r6, #20]\n\t"
      "subs r2, r2, #1\n\t"
      "str r2, [r6, #36]\n\t"
      "beq 4f\n\t"
      "ldr r3, [r10, #8]\n\t"
      "cmp r3, #0\n\t"
      "bge 1b\n"
      "4:\n\t"
      "pop {r2, r3, r7, r12}\n\t"
      "str r1, [r3, #8]\n\t"
      : "+r"(p)
      :
      : "r1", "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
#else
  do {
    int32_t sums[8];
    for (int32_t i = 0; i < 8; ++i) {
      sums[i] = pixels->offsets[i & 1];
    }
    arenite_pair_part_block(pixels->in, pixels->in_end, pixels->weights, sums);
    for (int32_t i = 0; i < 2; ++i) {
      arenite_pair_outputs(sums + i, pixels->channels, pixels->rounding, pixels->out[i]);
      pixels->out[i] += 4;
    }
    pixels->weights += pixels->in_end - pixels->in;
    pixels->channels += 4;
    --pixels->blocks;
  } while (pixels->blocks > 0 && pixels->channels->exponent >= 0);
#endif
}

#endif
