/* Words for Helium: rows of int8 as indices of a table of int32. Each has a portable twin of the same result. */
#ifndef ARENITE_WORDS_TABLES_MVE_H
#define ARENITE_WORDS_TABLES_MVE_H

#include "arenite_words_fours_mve.h"

/* What stands for an element x: numbers[top - x], or 0 where top - x is not in [0, entries). */
typedef struct {
  const int32_t *numbers;
  int32_t entries;
  int32_t top;
} arenite_table;

#if ARENITE_MVE

/* The greatest of `count` > 0 elements. */
static inline int32_t arenite_greatest(const int8_t *in, int32_t count) {
  int8x16_t greatest = vdupq_n_s8(INT8_MIN);
  int8x16_t bytes;
  __asm__("dlstp.8 lr, %[count]\n"
          "1:\n\t"
          "vldrb.u8 %q[bytes], [%[in]], #16\n\t"
          "vmax.s8 %q[greatest], %q[greatest], %q[bytes]\n\t"
          "letp lr, 1b"
          : [greatest] "+w"(greatest), [bytes] "=&w"(bytes), [in] "+r"(in)
          : [count] "r"(count)
          : "lr", "memory");
  return vmaxvq_s8(INT8_MIN, greatest);
}

/* What stands for the first `count` of four elements; 0 for the others. */
static inline arenite_four arenite_four_look_up(const arenite_table *table, const int8_t *in, int32_t count) {
  const int32x4_t top = vdupq_n_s32(table->top);
  const int32x4_t entries = vdupq_n_s32(table->entries);
  int32x4_t numbers, index;
  __asm__("vctp.32 %[count]\n\t"
          "vpstttt\n\t"
          "vldrbt.s32 %q[index], [%[in]]\n\t"
          "vsubt.i32 %q[index], %q[top], %q[index]\n\t"
          "vcmpt.u32 hi, %q[entries], %q[index]\n\t"
          "vldrwt.u32 %q[numbers], [%[table], %q[index], uxtw #2]"
          : [numbers] "=&w"(numbers), [index] "=&w"(index)
          : [table] "r"(table->numbers), [in] "l"(in), [top] "w"(top), [entries] "w"(entries), [count] "r"(count)
          : "cc", "memory");
  return numbers;
}

/* The sum of what stands for `count` > 0 elements; each number / 2^right first, to nearest, ties upwards. Numbers are
 * not negative. */
static inline uint64_t arenite_look_up_sum(const arenite_table *table, const int8_t *in, int32_t count,
                                           int32_t right) {
  const int32x4_t top = vdupq_n_s32(table->top);
  const int32x4_t entries = vdupq_n_s32(table->entries);
  uint32_t low, high;
  int32x4_t numbers, index;
  __asm__("movs r4, #0\n\t"
          "movs r5, #0\n\t"
          "dlstp.32 lr, %[count]\n"
          "1:\n\t"
          "vldrb.s32 %q[index], [%[in]], #4\n\t"
          "vsub.i32 %q[index], %q[top], %q[index]\n\t"
          "vpt.u32 hi, %q[entries], %q[index]\n\t"
          "vldrwt.u32 %q[numbers], [%[table], %q[index], uxtw #2]\n\t"
          "vrshl.s32 %q[numbers], %[left]\n\t"
          "vaddlva.u32 r4, r5, %q[numbers]\n\t"
          "letp lr, 1b\n\t"
          "mov %[low], r4\n\t"
          "mov %[high], r5"
          : [numbers] "=&w"(numbers), [index] "=&w"(index), [in] "+l"(in), [low] "=r"(low), [high] "=r"(high)
          : [table] "r"(table->numbers), [top] "w"(top), [entries] "w"(entries), [count] "r"(count), [left] "r"(-right)
          : "r4", "r5", "lr", "cc", "memory");
  return (uint64_t)high << 32 | low;
}

/* values * multiplier / 2^32, rounded down. */
static inline arenite_four arenite_four_high(arenite_four values, int32_t multiplier) {
  return vmulhq_s32(values, vdupq_n_s32(multiplier));
}

/* values / 2^right, to nearest, ties upwards. */
static inline arenite_four arenite_four_round(arenite_four values, int32_t right) {
  return vrshlq_n_s32(values, -right);
}

#else

static inline int32_t arenite_greatest(const int8_t *in, int32_t count) {
  int32_t greatest = INT8_MIN;
  for (; count > 0; --count) {
    greatest = *in > greatest ? *in : greatest;
    ++in;
  }
  return greatest;
}

static inline int32_t arenite_look_up(const arenite_table *table, int8_t value) {
  const int32_t index = table->top - value;
  return index >= 0 && index < table->entries ? table->numbers[index] : 0;
}

static inline arenite_four arenite_four_look_up(const arenite_table *table, const int8_t *in, int32_t count) {
  arenite_four numbers;
  for (int32_t c = 0; c < 4; ++c) {
    numbers.lane[c] = c < count ? arenite_look_up(table, in[c]) : 0;
  }
  return numbers;
}

static inline int32_t arenite_round(int32_t value, int32_t right) {
  return right > 0 ? ((value >> (right - 1)) + 1) >> 1 : value;
}

static inline uint64_t arenite_look_up_sum(const arenite_table *table, const int8_t *in, int32_t count,
                                           int32_t right) {
  uint64_t sum = 0;
  for (; count > 0; --count) {
    sum += (uint32_t)arenite_round(arenite_look_up(table, *in++), right);
  }
  return sum;
}

static inline arenite_four arenite_four_high(arenite_four values, int32_t multiplier) {
  for (int32_t c = 0; c < 4; ++c) {
    values.lane[c] = (int32_t)((int64_t)values.lane[c] * multiplier >> 32);
  }
  return values;
}

static inline arenite_four arenite_four_round(arenite_four values, int32_t right) {
  for (int32_t c = 0; c < 4; ++c) {
    values.lane[c] = arenite_round(values.lane[c], right);
  }
  return values;
}

#endif

#endif
