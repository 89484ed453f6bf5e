/* Words of depthwise convolutions for the DSP extension: one channel after the other, along a row of 3x3 windows. */
#ifndef ARENITE_WORDS_COLUMNS_DSP_H
#define ARENITE_WORDS_COLUMNS_DSP_H

#include "arenite_columns_dsp.h"

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
#endif

#endif
