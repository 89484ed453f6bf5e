/* Words of depthwise convolutions for the DSP extension: one channel after the other, along a row of 3x3 windows. */
#ifndef ARENITE_COLUMNS_DSP_H
#define ARENITE_COLUMNS_DSP_H

#include "arenite_words_dsp.h"

/* A channel of a 3x3 depthwise convolution. With the weights w[row][column], lowest byte first, `first` holds w[0][0],
 * w[0][1], w[1][0], w[1][1]; `second` w[0][2], w[2][0], w[1][2], w[2][1]; `third` w[2][1], shift, w[2][2], 0. `bias` is
 * 256 times what the products are added to. An output is, with acc 256 times the sum,
 *   (floor(acc * multiplier / 2^32) + rounding) / 2^shift
 * rounded down and saturated to int8. Where ties are rounded away from zero, 128 is subtracted before the shift if acc
 * is negative and the multiplier is not 0. */
typedef struct {
  int32_t first;
  int32_t second;
  int32_t third;
  int32_t bias;
  int32_t multiplier;
  int32_t rounding;
} arenite_3x3_channel;

/* Some output pixels of a row of 3x3 windows.
 *
 * `in`: of every row of the windows, the first of four channels in the first column that lies in the input; columns are
 * `step` bytes apart, the next four channels `channel_step`, which is 4. A row in the padding is `zero_points`, four
 * times the same byte, and has steps of 0. `steps`: the pixels less 1 in the upper byte, the bytes between them in the
 * next two, and 0. `end` is a multiple of four channels behind `channel`.
 *
 * The windows' columns are taken in pairs. The first column may lie in the padding: `begins_outside`. From there on,
 * pairs lie in the input up to the one that is written to `whole`; that one may begin in the input: `ends_outside`.
 * What is left lies in the padding.
 *
 * `columns` is memory for the columns of four channels, `channel_bytes` each; those of the last one begin at `fourth`.
 * Of every pair there are three words of halves: rows 0 and 1 of the first column, rows 0 and 1 of the second one, row
 * 2 of both. Those that lie in the padding altogether are there already. */
typedef struct {
  const int8_t *in[3];
  int32_t step[3];
  arenite_halves *columns;
  arenite_halves *fourth;
  int32_t channel_bytes;
  const arenite_halves *whole;
  int32_t channel_step[3];
  uint32_t zero_points;
  int32_t begins_outside;
  int32_t ends_outside;
  const arenite_3x3_channel *channel;
  int8_t *out;
  uint32_t steps;
  const arenite_3x3_channel *end;
  int32_t kind;
} arenite_3x3_band;

/* Kinds: windows are two columns apart, not one; ties of negative numbers are rounded away from zero, not upwards. */
#define ARENITE_3X3_TWO_APART 1
#define ARENITE_3X3_TIES_AWAY 2

#if ARENITE_DSP
/* r10 and r11: words of the same four channels, which become lower and upper halves; r6, r7 and r8: where to, for the
 * first channel and the last one, and the bytes between channels. */
#define ARENITE_ASM_3X3_PUT        \
  ".macro arenite_put\n"           \
  "pkhbt r12, r10, r11, lsl #16\n" \
  "pkhtb r10, r11, r10, asr #16\n" \
  "sxtb16 r11, r12, ror #8\n"      \
  "sxtb16 r12, r12\n"              \
  "sxtb16 lr, r10, ror #8\n"       \
  "sxtb16 r10, r10\n"              \
  "str r11, [r6, r8]\n"            \
  "str r10, [r6, r8, lsl #1]\n"    \
  "str lr, [r7], #4\n"             \
  "str r12, [r6], #4\n"            \
  ".endm\n"

/* Registers: r0 columns, r1, r2 and r3 the weights of columns 0, 1 and 2 in rows 0 and 1, r4 and r7 those of columns 0
 * and 1, and of 1 and 2, in row 2, r5 bias, r11 the output, r12 steps and shift. */
#define ARENITE_ASM_3X3_CHANNEL  \
  ".macro arenite_channel\n"     \
  "6:\n"                         \
  "ldrd r1, r11, [sp, #12]\n"    \
  "ldrd r12, r6, [sp, #20]\n"    \
  "cmp r1, r6\n"                 \
  "beq 9f\n"                     \
  "ldm r1!, {r2-r7}\n"           \
  "stm sp, {r5, r6, r7}\n"       \
  "add r6, r11, #1\n"            \
  "strd r1, r6, [sp, #12]\n"     \
  "uxtab r12, r12, r4, ror #8\n" \
  "mov lr, #0xff00ff00\n"        \
  "and r1, lr, r2, lsl #8\n"     \
  "and r2, lr, r2\n"             \
  "and r7, lr, r4, lsl #8\n"     \
  "and r4, lr, r3\n"             \
  "and r3, lr, r3, lsl #8\n"     \
  ".endm\n"

/* h: floor(acc * multiplier / 2^32) + rounding; lr: rounding. */
#define ARENITE_ASM_3X3_TIES      \
  ".macro arenite_ties h, away\n" \
  ".if \\away\n"                  \
  "cmp \\h, lr\n"                 \
  "it lt\n"                       \
  "sublt \\h, #128\n"             \
  ".endif\n"                      \
  ".endm\n"

#define ARENITE_ASM_3X3_STORE \
  ".macro arenite_store h\n"  \
  "asr \\h, r12\n"            \
  "ssat \\h, #8, \\h\n"       \
  "strb \\h, [r11]\n"         \
  ".endm\n"

/* Two pixels end and two begin. a and b: their sums; x and y: columns, then sums of the next two; lr: bias. */
#define ARENITE_ASM_3X3_NEXT_TWO                     \
  ".macro arenite_next_two a, b, x, y, last, away\n" \
  "ldm r0!, {\\x, \\y, r10}\n"                       \
  "smlad \\a, \\x, r3, \\a\n"                        \
  "smlad \\b, \\x, r2, \\b\n"                        \
  "smlad \\b, \\y, r3, \\b\n"                        \
  "smlabt \\a, r10, r7, \\a\n"                       \
  "smlad \\b, r10, r7, \\b\n"                        \
  "subs r12, #0x2000000\n"                           \
  "bcc \\last\n"                                     \
  "smlad \\x, \\x, r1, lr\n"                         \
  "smlad \\x, \\y, r2, \\x\n"                        \
  "smlad \\y, \\y, r1, lr\n"                         \
  "smlad \\x, r10, r4, \\x\n"                        \
  "smlatb \\y, r10, r4, \\y\n"                       \
  "ldrd r10, lr, [sp, #4]\n"                         \
  "smmla \\a, \\a, r10, lr\n"                        \
  "smmla \\b, \\b, r10, lr\n"                        \
  "arenite_ties \\a, \\away\n"                       \
  "arenite_ties \\b, \\away\n"                       \
  "arenite_store \\a\n"                              \
  "ldr lr, [sp]\n"                                   \
  "uxtah r11, r11, r12, ror #8\n"                    \
  "arenite_store \\b\n"                              \
  "uxtah r11, r11, r12, ror #8\n"                    \
  ".endm\n"

#define ARENITE_ASM_3X3_ONE_APART                 \
  ".macro arenite_one_apart away\n"               \
  "arenite_channel\n"                             \
  "ldm r0!, {r8, r9, r10}\n"                      \
  "mov lr, r5\n"                                  \
  "smlad r6, r9, r1, r5\n"                        \
  "smlad r5, r8, r1, r5\n"                        \
  "smlad r5, r9, r2, r5\n"                        \
  "smlatb r6, r10, r4, r6\n"                      \
  "smlad r5, r10, r4, r5\n"                       \
  "2:\n"                                          \
  "arenite_next_two r5, r6, r8, r9, 3f, \\away\n" \
  "arenite_next_two r8, r9, r5, r6, 5f, \\away\n" \
  "b 2b\n"                                        \
  "3:\n"                                          \
  "mov r8, r5\n"                                  \
  "mov r9, r6\n"                                  \
  "5:\n"                                          \
  "ldrd r10, lr, [sp, #4]\n"                      \
  "smmla r8, r8, r10, lr\n"                       \
  "arenite_ties r8, \\away\n"                     \
  "arenite_store r8\n"                            \
  "tst r12, #0x1000000\n"                         \
  "beq 6b\n"                                      \
  "smmla r9, r9, r10, lr\n"                       \
  "arenite_ties r9, \\away\n"                     \
  "uxtah r11, r11, r12, ror #8\n"                 \
  "arenite_store r9\n"                            \
  "b 6b\n"                                        \
  ".endm\n"

#define ARENITE_ASM_3X3_TWO_APART   \
  ".macro arenite_two_apart away\n" \
  "arenite_channel\n"               \
  "ldm r0!, {r6, r8, r9}\n"         \
  "2:\n"                            \
  "smlad r5, r6, r1, r5\n"          \
  "smlad r5, r8, r2, r5\n"          \
  "smlad r5, r9, r4, r5\n"          \
  "ldm r0!, {r6, r8, r9}\n"         \
  "ldrd r10, lr, [sp, #4]\n"        \
  "smlad r5, r6, r3, r5\n"          \
  "smlabt r5, r9, r7, r5\n"         \
  "smmla r10, r5, r10, lr\n"        \
  "arenite_ties r10, \\away\n"      \
  "arenite_store r10\n"             \
  "ldr r5, [sp]\n"                  \
  "uxtah r11, r11, r12, ror #8\n"   \
  "subs r12, #0x1000000\n"          \
  "bcs 2b\n"                        \
  "b 6b\n"                          \
  ".endm\n"

/* No compiler keeps this much in registers: assembly alone. Registers of the columns: r0 to r5 the rows and their
 * steps, r9 where whole pairs end. On the stack: bias, multiplier, rounding, the next channel, its output, steps, the
 * end of the four channels, the band. */
ARENITE_ASSEMBLY void arenite_3x3_outputs(ARENITE_ARGUMENT arenite_3x3_band *band) {
  __asm__(
      ARENITE_ASM_3X3_PUT
      ARENITE_ASM_3X3_CHANNEL
      ARENITE_ASM_3X3_TIES
      ARENITE_ASM_3X3_STORE
      ARENITE_ASM_3X3_NEXT_TWO
      ARENITE_ASM_3X3_ONE_APART
      ARENITE_ASM_3X3_TWO_APART
      "push {r4-r11, lr}\n"
      "sub sp, #32\n"
      "str r0, [sp, #28]\n"
      "ldrd r1, r2, [r0, #64]\n"
      "ldr r3, [r0, #72]\n"
      "add r4, sp, #12\n"
      "stm r4, {r1, r2, r3}\n"
      "1:\n"
      /* Four channels: the next ones' rows, and a first column in the padding. */
      "ldr r12, [sp, #28]\n"
      "ldrd r10, r11, [r12, #40]\n"
      "ldr lr, [r12, #48]\n"
      "ldm r12, {r0-r9}\n"
      "add r10, r0\n"
      "add r11, r1\n"
      "add lr, r2\n"
      "stm r12, {r10, r11, lr}\n"
      "ldr r10, [r12, #56]\n"
      "cmp r10, #0\n"
      "beq 2f\n"
      "add r6, #4\n"
      "add r7, #4\n"
      "ldr r10, [r0]\n"
      "ldr r11, [r1]\n"
      "arenite_put\n"
      "ldr r12, [sp, #28]\n"
      "ldr r10, [r12, #52]\n"
      "ldr r11, [r2]\n"
      "arenite_put\n"
      "add r0, r3\n"
      "add r1, r4\n"
      "add r2, r5\n"
      /* Pairs of columns in the input. */
      "2:\n"
      "cmp r6, r9\n"
      "beq 4f\n"
      "3:\n"
      "ldr r10, [r0]\n"
      "ldr r11, [r1]\n"
      "arenite_put\n"
      "ldr r10, [r0, r3]\n"
      "ldr r11, [r1, r4]\n"
      "arenite_put\n"
      "ldr r10, [r2]\n"
      "ldr r11, [r2, r5]\n"
      "arenite_put\n"
      "add r0, r0, r3, lsl #1\n"
      "add r1, r1, r4, lsl #1\n"
      "add r2, r2, r5, lsl #1\n"
      "cmp r6, r9\n"
      "bne 3b\n"
      /* A last column in the input. */
      "4:\n"
      "ldr r12, [sp, #28]\n"
      "ldr r10, [r12, #60]\n"
      "cmp r10, #0\n"
      "beq 5f\n"
      "ldr r10, [r0]\n"
      "ldr r11, [r1]\n"
      "arenite_put\n"
      "ldr r12, [sp, #28]\n"
      "ldr r11, [r12, #52]\n"
      "ldr r10, [r2]\n"
      "add r6, #4\n"
      "add r7, #4\n"
      "arenite_put\n"
      /* Outputs. */
      "5:\n"
      "ldr r12, [sp, #28]\n"
      "ldr r1, [sp, #12]\n"
      "ldr r0, [r12, #24]\n"
      "ldr r2, [r12, #80]\n"
      "add r1, #96\n"
      "str r1, [sp, #24]\n"
      "cmp r2, #1\n"
      "beq 7f\n"
      "bhi 8f\n"
      "arenite_one_apart 0\n"
      "7:\n"
      "arenite_two_apart 0\n"
      "8:\n"
      "cmp r2, #2\n"
      "bne 8f\n"
      "arenite_one_apart 1\n"
      "8:\n"
      "arenite_two_apart 1\n"
      "9:\n"
      "ldr r12, [sp, #28]\n"
      "ldr r2, [r12, #76]\n"
      "cmp r1, r2\n"
      "bne 1b\n"
      "add sp, #32\n"
      "pop {r4-r11, pc}\n"
      ".purgem arenite_put\n"
      ".purgem arenite_channel\n"
      ".purgem arenite_ties\n"
      ".purgem arenite_store\n"
      ".purgem arenite_next_two\n"
      ".purgem arenite_one_apart\n"
      ".purgem arenite_two_apart\n");
}
#else
/* Two bytes of the same four channels each, as halves of one channel each; `words` are those of a channel. */
static inline void arenite_3x3_put(arenite_halves *to, int32_t words, uint32_t low, uint32_t high) {
  for (int32_t channel = 0; channel < 4; ++channel) {
    to[channel * words] = arenite_halves_of((int8_t)(low >> 8 * channel), (int8_t)(high >> 8 * channel));
  }
}

static inline void arenite_3x3_columns(arenite_3x3_band *b) {
  const int32_t words = b->channel_bytes >> 2;
  arenite_halves *to = b->columns;
  const int8_t *in[3];
  for (int32_t k = 0; k < 3; ++k) {
    in[k] = b->in[k];
    b->in[k] += b->channel_step[k];
  }
  if (b->begins_outside) {
    arenite_3x3_put(to + 1, words, arenite_load_four(in[0]), arenite_load_four(in[1]));
    arenite_3x3_put(to + 2, words, b->zero_points, arenite_load_four(in[2]));
    for (int32_t k = 0; k < 3; ++k) {
      in[k] += b->step[k];
    }
    to += 3;
  }
  for (; to != b->whole; to += 3) {
    arenite_3x3_put(to, words, arenite_load_four(in[0]), arenite_load_four(in[1]));
    arenite_3x3_put(to + 1, words, arenite_load_four(in[0] + b->step[0]), arenite_load_four(in[1] + b->step[1]));
    arenite_3x3_put(to + 2, words, arenite_load_four(in[2]), arenite_load_four(in[2] + b->step[2]));
    for (int32_t k = 0; k < 3; ++k) {
      in[k] += 2 * b->step[k];
    }
  }
  if (b->ends_outside) {
    arenite_3x3_put(to, words, arenite_load_four(in[0]), arenite_load_four(in[1]));
    arenite_3x3_put(to + 2, words, arenite_load_four(in[2]), b->zero_points);
  }
}

/* Rows 0 and 1 of a column, and row 2. */
static inline arenite_halves arenite_3x3_pair(const arenite_halves *columns, int32_t column) {
  return columns[3 * (column >> 1) + (column & 1)];
}

static inline int32_t arenite_3x3_third(const arenite_halves *columns, int32_t column) {
  const arenite_halves both = columns[3 * (column >> 1) + 2];
  return column & 1 ? arenite_half_high(both) : arenite_half_low(both);
}

static inline int32_t arenite_3x3_weight(int32_t word, int32_t byte) {
  return (int32_t)((uint32_t)word << (24 - 8 * byte)) >> 24;
}

/* 256 times the sum of the window that begins at `column`. */
static inline int32_t arenite_3x3_sum(const arenite_halves *columns, int32_t column,
                                         const arenite_3x3_channel *channel) {
  const arenite_halves pairs[3] = {
      arenite_halves_of(256 * arenite_3x3_weight(channel->first, 0), 256 * arenite_3x3_weight(channel->first, 2)),
      arenite_halves_of(256 * arenite_3x3_weight(channel->first, 1), 256 * arenite_3x3_weight(channel->first, 3)),
      arenite_halves_of(256 * arenite_3x3_weight(channel->second, 0), 256 * arenite_3x3_weight(channel->second, 2))};
  const int32_t thirds[3] = {256 * arenite_3x3_weight(channel->second, 1), 256 * arenite_3x3_weight(channel->second, 3),
                             256 * arenite_3x3_weight(channel->third, 2)};
  int32_t acc = channel->bias;
  for (int32_t j = 0; j < 3; ++j) {
    acc = arenite_mac_halves(acc, arenite_3x3_pair(columns, column + j), pairs[j]);
    acc = arenite_mac(acc, arenite_3x3_third(columns, column + j), thirds[j]);
  }
  return acc;
}

static inline void arenite_3x3_outputs(arenite_3x3_band *band) {
  const int32_t pixels = (int32_t)(band->steps >> 24) + 1;
  const int32_t stride = (int32_t)(band->steps >> 8 & 0xffffu);
  const int32_t step = band->kind & ARENITE_3X3_TWO_APART ? 2 : 1;
  const int32_t away = band->kind & ARENITE_3X3_TIES_AWAY ? 128 : 0;
  const arenite_3x3_channel *channel = band->channel;
  for (int32_t c = 0; channel != band->end; ++c, ++channel) {
    if ((c & 3) == 0) {
      arenite_3x3_columns(band);
    }
    const arenite_halves *columns = band->columns + (c & 3) * (band->channel_bytes >> 2);
    const int32_t shift = arenite_3x3_weight(channel->third, 1);
    for (int32_t x = 0; x < pixels; ++x) {
      const int32_t acc = arenite_3x3_sum(columns, x * step, channel);
      int32_t high = (int32_t)(((int64_t)acc * channel->multiplier) >> 32);
      high += channel->rounding - (high < 0 ? away : 0);
      band->out[x * stride + c] = (int8_t)arenite_clamp(high >> shift, -128, 127);
    }
  }
}
#endif

#endif
