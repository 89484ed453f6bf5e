/* Words of convolutions that multiply straight from the input, for the DSP extension, beside a portable version of the
 * same result. */
#ifndef ARENITE_WORDS_RUNS_DSP_H
#define ARENITE_WORDS_RUNS_DSP_H

#include "arenite_words_pairs_dsp.h"
#include "arenite_runs.h"

/* Weights of two output channels for two inputs as halves: 256 times the weight of the second channel plus that of the
 * first one. Four inputs have four such words for four output channels, in the order of arenite_pair_weights. */
typedef uint32_t arenite_run_weights;

/* An output pixel. Runs of its window are multiples of 4 bytes; what lies in the padding is none of them. `less`: less
 * the input's zero point, twice. Weights of the next four channels, then of others after `block_bytes` each; these
 * channels, their outputs, and how many channels are left. `rounding` is 2 * zero_point + 1. */
typedef struct {
  const arenite_run_window *window;
  arenite_halves less;
  const arenite_run_weights *weights;
  int32_t block_bytes;
  const arenite_pair_channel *channels;
  int8_t *out;
  int32_t left;
  int32_t rounding;
  arenite_pair_sums sums;
} arenite_run_pixel;

/* Computes output channels, four at a time, until none is left, or fewer than four, or the next four are not of the
 * first kind of arenite_pair_channel: then `sums` are theirs. There is at least one. */
#if ARENITE_DSP
/* Four inputs: these at r0, weights at r1, sums in r3 to r6, less in r7. */
#define ARENITE_RUN_FOUR              \
  "ldr r9, [r0], #4\n\t"              \
  "ldm r1!, {r10, r11, r12, lr}\n\t"  \
  "sxtab16 r8, r7, r9\n\t"            \
  "sxtab16 r9, r7, r9, ror #8\n\t"    \
  "smlad r3, r10, r8, r3\n\t"         \
  "smlad r5, r11, r8, r5\n\t"         \
  "smlad r3, r12, r9, r3\n\t"         \
  "smlad r5, lr, r9, r5\n\t"          \
  "sxtb16 r10, r10\n\t"               \
  "sxtb16 r11, r11\n\t"               \
  "sxtb16 r12, r12\n\t"               \
  "sxtb16 lr, lr\n\t"                 \
  "smlad r4, r10, r8, r4\n\t"         \
  "smlad r6, r11, r8, r6\n\t"         \
  "smlad r4, r12, r9, r4\n\t"         \
  "smlad r6, lr, r9, r6\n\t"
/* The channel at r10, one output to r11; lr: rounding. */
#define ARENITE_RUN_OUTPUT(sum, shift)   \
  "ldm r10!, {r0, r1, r2}\n\t"           \
  "add r8, r0, " sum ", " shift "\n\t"   \
  "lsl r9, lr, r2\n\t"                   \
  "smmlar r9, r8, r1, r9\n\t"            \
  "add r9, r9, r8, asr #31\n\t"          \
  "asr r9, r9, r2\n\t"                   \
  "ssat r9, #8, r9, asr #1\n\t"          \
  "strb r9, [r11], #1\n\t"

/* On the stack: the next run, the last one's end, bytes of a run, how far behind its beginning the loop over inputs is
 * entered, which takes 16 of them at once, 64 bytes of instructions for four of them; the argument. */
ARENITE_ASSEMBLY void arenite_run_blocks(ARENITE_ARGUMENT arenite_run_pixel *pixel) {
  __asm__(
      "push {r4-r11, lr}\n\t"
      "sub sp, #20\n\t"
      "str r0, [sp, #16]\n\t"
      "ldr r12, [r0]\n\t"
      "ldrd r1, r2, [r12, #4]\n\t"
      "rsb r3, r2, #0\n\t"
      "and r3, r3, #12\n\t"
      "lsl r3, r3, #4\n\t"
      "strd r1, r2, [sp, #4]\n\t"
      "str r3, [sp, #12]\n"
      "1:\n\t"
      "ldr r12, [sp, #16]\n\t"
      "ldrd r8, r7, [r12]\n\t"
      "ldr r1, [r12, #8]\n\t"
      "ldr r8, [r8]\n\t"
      "str r8, [sp]\n\t"
      "movs r3, #0\n\t"
      "movs r4, #0\n\t"
      "movs r5, #0\n\t"
      "movs r6, #0\n"
      "2:\n\t"
      "ldrd r8, r9, [sp]\n\t"
      "cmp r8, r9\n\t"
      "beq 4f\n\t"
      "ldrd r0, r10, [r8], #8\n\t"
      "ldrd r2, r11, [sp, #8]\n\t"
      "str r8, [sp]\n\t"
      "add r1, r1, r10, lsl #2\n\t"
      "add r2, r2, r0\n\t"
      "add pc, pc, r11\n\t"
      "nop\n"
      "3:\n\t" ARENITE_RUN_FOUR ARENITE_RUN_FOUR ARENITE_RUN_FOUR ARENITE_RUN_FOUR
      "cmp r0, r2\n\t"
      "bne 3b\n\t"
      "b 2b\n"
      "4:\n\t"
      "ldr r12, [sp, #16]\n\t"
      "ldrd r10, r11, [r12, #16]\n\t"
      "ldrd r7, lr, [r12, #24]\n\t"
      "ldr r8, [r10, #8]\n\t"
      "subs r7, r7, #4\n\t"
      "blt 5f\n\t"
      "cmp r8, #0\n\t"
      "blt 5f\n\t"
      "ldrd r0, r1, [r12, #8]\n\t"
      "add r0, r0, r1\n\t"
      "str r0, [r12, #8]\n\t"
      "str r7, [r12, #24]\n\t"
      "sub r3, r3, r4\n\t"
      "sub r5, r5, r6\n\t" ARENITE_RUN_OUTPUT("r4", "lsl #1") ARENITE_RUN_OUTPUT("r3", "asr #7")
          ARENITE_RUN_OUTPUT("r6", "lsl #1") ARENITE_RUN_OUTPUT("r5", "asr #7")
      "strd r10, r11, [r12, #16]\n\t"
      "cmp r7, #0\n\t"
      "bne 1b\n\t"
      "b 6f\n"
      "5:\n\t"
      "add r12, r12, #32\n\t"
      "stm r12, {r3, r4, r5, r6}\n"
      "6:\n\t"
      "add sp, #20\n\t"
      "pop {r4-r11, pc}\n\t");
}
#undef ARENITE_RUN_FOUR
#undef ARENITE_RUN_OUTPUT
#else
static inline arenite_pair_sums arenite_run_sums(const arenite_run_pixel *pixel) {
  arenite_pair_sums sums = {0, 0, 0, 0};
  const arenite_run_weights *weights = pixel->weights;
  for (const arenite_run *run = pixel->window->runs; run != pixel->window->runs_end; ++run) {
    weights += run->skip;
    for (int32_t i = 0; i < pixel->window->run_bytes; i += 2) {
      const int8_t *four = run->in + (i & ~3) + (i >> 1 & 1);
      const int32_t less = arenite_half_low(pixel->less);
      const arenite_halves in = arenite_halves_of(four[0] + less, four[2] + less);
      sums.both01 = arenite_mac_halves(sums.both01, in, weights[0]);
      sums.low01 = arenite_mac_halves(sums.low01, in, arenite_even_bytes(weights[0]));
      sums.both23 = arenite_mac_halves(sums.both23, in, weights[1]);
      sums.low23 = arenite_mac_halves(sums.low23, in, arenite_even_bytes(weights[1]));
      weights += 2;
    }
  }
  return sums;
}

static inline void arenite_run_blocks(arenite_run_pixel *pixel) {
  do {
    const arenite_pair_channel *channel = pixel->channels;
    const arenite_pair_sums sums = arenite_run_sums(pixel);
    if (pixel->left < 4 || channel->exponent < 0) {
      pixel->sums = sums;
      return;
    }
    const int32_t doubled[4] = {arenite_add(sums.low01, sums.low01), arenite_pair_second(sums.both01, sums.low01) >> 7,
                                arenite_add(sums.low23, sums.low23), arenite_pair_second(sums.both23, sums.low23) >> 7};
    for (int32_t i = 0; i < 4; ++i) {
      *pixel->out++ =
          arenite_requantise_doubled(arenite_add(doubled[i], channel->bias), channel, pixel->rounding);
      ++channel;
    }
    pixel->channels = channel;
    pixel->weights += pixel->block_bytes >> 2;
    pixel->left -= 4;
  } while (pixel->left > 0);
}
#endif

#endif
