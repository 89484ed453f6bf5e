/* Words for Armv6-M: four output channels of a window, straight from the input. */
#ifndef ARENITE_WORDS_RUNS_V6M_H
#define ARENITE_WORDS_RUNS_V6M_H

#include "arenite_runs.h"
#include "arenite_words_v6m.h"

/* Adds the products of a window and the weights of four outputs, a byte each plus 128, the first one's the lowest, to
 * sums[0..3]: of inputs plus `less`. Runs are multiples of 4 bytes. */
static inline void arenite_dot_runs(const arenite_run_window *window, const uint32_t *weights, int32_t less,
                                    int32_t *sums);

#if defined(__ARM_ARCH_6M__) && defined(__GNUC__)

/* The input at r1 + r3, plus r12, which becomes r7, and the weights in `quad`; r8 to r11 are the sums of products with
 * a quad that is shifted by so many bytes, thus contain 256 times the next one. */
#define ARENITE_RUN_QUAD(quad)    \
  "ldrsb r7, [r1, r3]\n"          \
  "add r7, r12\n"                 \
  "lsrs r6, " quad ", #24\n"      \
  "muls r6, r7, r6\n"             \
  "add r11, r6\n"                 \
  "lsrs r6, " quad ", #16\n"      \
  "muls r6, r7, r6\n"             \
  "add r10, r6\n"                 \
  "lsrs r6, " quad ", #8\n"       \
  "muls r6, r7, r6\n"             \
  "add r9, r6\n"                  \
  "muls " quad ", r7, " quad "\n" \
  "add r8, " quad "\n"            \
  "adds r3, r3, #1\n"

/* The stack holds the bytes of a run, `sums` and r7, which may be the frame pointer; r2 and lr are the next run and the
 * last one's end. */
static inline void arenite_dot_runs(const arenite_run_window *window, const uint32_t *weights, int32_t less,
                                    int32_t *sums) {
  register const uint32_t *at __asm__("r0") = weights;
  register const arenite_run_window *runs __asm__("r1") = window;
  register int32_t *to __asm__("r2") = sums;
  register int32_t minus __asm__("r3") = less;
  __asm__ volatile(
      ".syntax unified\n"
      "push {r2, r7}\n"
      "mov r12, r3\n"
      "ldmia r1!, {r2, r3, r4}\n"
      "push {r4}\n"
      "mov lr, r3\n"
      "movs r3, #0\n"
      "mov r8, r3\n"
      "mov r9, r3\n"
      "mov r10, r3\n"
      "mov r11, r3\n"
      "1:\n"
      "cmp r2, lr\n"
      "beq 3f\n"
      "ldmia r2!, {r1, r4}\n"
      "lsls r4, r4, #2\n"
      "adds r0, r0, r4\n"
      "ldr r3, [sp]\n"
      "adds r1, r1, r3\n"
      "rsbs r3, r3, #0\n"
      "2:\n"
      "ldmia r0!, {r4, r5}\n" ARENITE_RUN_QUAD("r4") ARENITE_RUN_QUAD("r5")
      "ldmia r0!, {r4, r5}\n" ARENITE_RUN_QUAD("r4") ARENITE_RUN_QUAD("r5")
      "bne 2b\n"
      "b 1b\n"
      "3:\n"
      "pop {r2}\n"
      "pop {r0}\n"
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
      "pop {r7}\n"
      : "+r"(at), "+r"(runs), "+r"(to), "+r"(minus)
      :
      : "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}

#else

static inline void arenite_dot_runs(const arenite_run_window *window, const uint32_t *weights, int32_t less,
                                    int32_t *sums) {
  for (const arenite_run *run = window->runs; run != window->runs_end; ++run) {
    weights += run->skip;
    for (int32_t i = 0; i < window->run_bytes; ++i) {
      for (int32_t output = 0; output < 4; ++output) {
        sums[output] = arenite_mac(sums[output], run->in[i] + less, (int32_t)(*weights >> 8 * output & 0xffu));
      }
      ++weights;
    }
  }
}

#endif

#endif
