/* Words of depthwise convolutions for the DSP extension: four channels at a time, whatever their windows are. */
#ifndef ARENITE_WORDS_ROWS_DSP_H
#define ARENITE_WORDS_ROWS_DSP_H

#include "arenite_words_dsp.h"

/* Windows of four channels, of which two rows at a time are multiplied. `weights` are [pair of rows][column][2]: a word
 * for channels 0 and 1, those of the upper row below, and one for channels 2 and 3. `skip`: bytes from the end of a
 * window's columns in one pair of rows to their beginning in the next. */
typedef struct {
  const uint32_t *weights;
  int32_t row_pairs;
  int32_t columns;
  int32_t skip;
} arenite_row_pairs;

/* Adds the products of a window to the sums of four channels. `in` has a word of halves for every channel, of each
 * column and pair of rows. */
#if ARENITE_DSP
/* Registers: r0 inputs, r1 weights, r3 columns to go, r4 to r7 sums. On the stack: pairs of rows to go, columns, skip,
 * the sums' place. */
ARENITE_ASSEMBLY void arenite_window_sums(ARENITE_ARGUMENT const arenite_halves *in,
                                          ARENITE_ARGUMENT const arenite_row_pairs *window,
                                          ARENITE_ARGUMENT int32_t *sums) {
  __asm__(
      "push {r4-r11, lr}\n\t"
      "sub sp, #16\n\t"
      "ldm r2, {r4-r7}\n\t"
      "str r2, [sp, #12]\n\t"
      "ldm r1, {r1, r8, r9, r10}\n\t"
      "stm sp, {r8, r9, r10}\n\t"
      "1:\n\t"
      "mov r3, r9\n\t"
      "2:\n\t"
      "ldm r0!, {r8-r11}\n\t"
      "ldrd r2, r12, [r1], #8\n\t"
      "sxtb16 lr, r2\n\t"
      "sxtb16 r2, r2, ror #8\n\t"
      "smlad r4, r8, lr, r4\n\t"
      "smlad r5, r9, r2, r5\n\t"
      "sxtb16 lr, r12\n\t"
      "sxtb16 r12, r12, ror #8\n\t"
      "smlad r6, r10, lr, r6\n\t"
      "smlad r7, r11, r12, r7\n\t"
      "subs r3, #1\n\t"
      "bne 2b\n\t"
      "ldm sp, {r8, r9, r10}\n\t"
      "add r0, r10\n\t"
      "subs r8, #1\n\t"
      "str r8, [sp]\n\t"
      "bne 1b\n\t"
      "ldr r2, [sp, #12]\n\t"
      "stm r2, {r4-r7}\n\t"
      "add sp, #16\n\t"
      "pop {r4-r11, pc}\n\t");
}
#else
static inline void arenite_window_sums(const arenite_halves *in, const arenite_row_pairs *window, int32_t *sums) {
  const uint32_t *weights = window->weights;
  for (int32_t k = 0; k < window->row_pairs; ++k) {
    for (int32_t j = 0; j < window->columns; ++j) {
      sums[0] = arenite_mac_halves(sums[0], in[0], arenite_even_bytes(weights[0]));
      sums[1] = arenite_mac_halves(sums[1], in[1], arenite_odd_bytes(weights[0]));
      sums[2] = arenite_mac_halves(sums[2], in[2], arenite_even_bytes(weights[1]));
      sums[3] = arenite_mac_halves(sums[3], in[3], arenite_odd_bytes(weights[1]));
      in += 4;
      weights += 2;
    }
    in += window->skip >> 2;
  }
}
#endif

#endif
