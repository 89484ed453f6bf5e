/* Words of the DSP extension (Cortex-M4, M7, M33), each beside a portable version of the same result. */
#ifndef ARENITE_WORDS_DSP_H
#define ARENITE_WORDS_DSP_H

#include "arenite_words.h"

#if defined(__GNUC__) && defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP && defined(__thumb2__)
#define ARENITE_DSP 1
#else
#define ARENITE_DSP 0
#endif

/* For static functions of assembly alone. Callers must not conclude from their text which registers they leave alone.
 */
#if defined(__clang__)
#define ARENITE_ASSEMBLY static __attribute__((naked, noinline, unused))
#else
#define ARENITE_ASSEMBLY static __attribute__((naked, noipa, unused))
#endif
#define ARENITE_ARGUMENT __attribute__((unused))

/* Two int16, the first one in the lower half. */
typedef uint32_t arenite_halves;

static inline int32_t arenite_half_low(arenite_halves pair) { return (int32_t)(pair << 16) >> 16; }

static inline int32_t arenite_half_high(arenite_halves pair) { return (int32_t)pair >> 16; }

static inline arenite_halves arenite_halves_of(int32_t low, int32_t high) {
  return ((uint32_t)low & 0xffffu) | (uint32_t)high << 16;
}

/* Four bytes from any address, the first one lowest. */
static inline uint32_t arenite_load_four(const int8_t *in) {
  const uint8_t *bytes = (const uint8_t *)in;
  return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/* Four bytes to any address, the lowest one first. */
static inline void arenite_store_four(int8_t *out, uint32_t word) {
  uint8_t *bytes = (uint8_t *)out;
  bytes[0] = (uint8_t)word;
  bytes[1] = (uint8_t)(word >> 8);
  bytes[2] = (uint8_t)(word >> 16);
  bytes[3] = (uint8_t)(word >> 24);
}

/* Copies `count` bytes from any address to any other; returns where these end. */
static inline int8_t *arenite_copy_bytes(const int8_t *in, int32_t count, int8_t *out) {
  if (count >= 4) {
    /* The last four may be in part among those before. */
    const int8_t *last = in + (count - 4);
    int8_t *last_out = out + (count - 4);
    for (; in < last; in += 4) {
      arenite_store_four(out, arenite_load_four(in));
      out += 4;
    }
    arenite_store_four(last_out, arenite_load_four(last));
    return last_out + 4;
  }
  for (; count > 0; --count) {
    *out++ = *in++;
  }
  return out;
}

/* Bytes 0 and 2, sign-extended. */
static inline arenite_halves arenite_even_bytes(uint32_t word) {
#if ARENITE_DSP
  arenite_halves pair;
  __asm__("sxtb16 %0, %1" : "=r"(pair) : "r"(word));
  return pair;
#else
  return arenite_halves_of((int32_t)(word << 24) >> 24, (int32_t)(word << 8) >> 24);
#endif
}

/* Bytes 1 and 3, sign-extended. */
static inline arenite_halves arenite_odd_bytes(uint32_t word) {
#if ARENITE_DSP
  arenite_halves pair;
  __asm__("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(word));
  return pair;
#else
  return arenite_even_bytes(word >> 8);
#endif
}

/* acc + the products of both halves. */
static inline int32_t arenite_mac_halves(int32_t acc, arenite_halves a, arenite_halves b) {
#if ARENITE_DSP
  int32_t sum;
  __asm__("smlad %0, %1, %2, %3" : "=r"(sum) : "r"(a), "r"(b), "r"(acc));
  return sum;
#else
  acc = arenite_mac(acc, arenite_half_low(a), arenite_half_low(b));
  return arenite_mac(acc, arenite_half_high(a), arenite_half_high(b));
#endif
}

/* The lower halves of two words, and their upper halves; those of the first word are below. */
static inline uint32_t arenite_lower_halves(uint32_t first, uint32_t second) {
#if ARENITE_DSP
  uint32_t both;
  __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(both) : "r"(first), "r"(second));
  return both;
#else
  return (first & 0xffffu) | second << 16;
#endif
}

static inline uint32_t arenite_upper_halves(uint32_t first, uint32_t second) {
#if ARENITE_DSP
  uint32_t both;
  __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(both) : "r"(second), "r"(first));
  return both;
#else
  return first >> 16 | (second & 0xffff0000u);
#endif
}

/* acc + the product of the lower halves, or of the upper ones. */
static inline int32_t arenite_mac_low(int32_t acc, arenite_halves a, arenite_halves b) {
#if ARENITE_DSP
  int32_t sum;
  __asm__("smlabb %0, %1, %2, %3" : "=r"(sum) : "r"(a), "r"(b), "r"(acc));
  return sum;
#else
  return arenite_mac(acc, arenite_half_low(a), arenite_half_low(b));
#endif
}

static inline int32_t arenite_mac_high(int32_t acc, arenite_halves a, arenite_halves b) {
#if ARENITE_DSP
  int32_t sum;
  __asm__("smlatt %0, %1, %2, %3" : "=r"(sum) : "r"(a), "r"(b), "r"(acc));
  return sum;
#else
  return arenite_mac(acc, arenite_half_high(a), arenite_half_high(b));
#endif
}

/* Writes inputs 4i to 4i + 3 as halves in the order 0, 2, 1, 3: the first two to out[4i], the others to out[4i + 2].
 * Returns their sum; `fours` is at least 1. */
static inline int32_t arenite_expand(const int8_t *in, int32_t fours, arenite_halves *out) {
  int32_t sum = 0;
#if ARENITE_DSP
#define ARENITE_EXPAND_FOUR            \
  "ldr %[odd], [%[in]], #4\n\t"        \
  "sxtb16 %[even], %[odd]\n\t"         \
  "sxtb16 %[odd], %[odd], ror #8\n\t"  \
  "smlad %[sum], %[even], %[ones], %[sum]\n\t" \
  "str %[even], [%[out]], #8\n\t"      \
  "str %[odd], [%[out]], #8\n\t"       \
  "smlad %[sum], %[odd], %[ones], %[sum]\n\t"
  const int8_t *end = in + 4 * fours;
  uint32_t even, odd;
  __asm__ volatile(
      "tst %[fours], #1\n\t"
      "bne 2f\n"
      "1:\n\t" ARENITE_EXPAND_FOUR "2:\n\t" ARENITE_EXPAND_FOUR
      "cmp %[in], %[end]\n\t"
      "bne 1b\n\t"
      : [in] "+r"(in), [out] "+r"(out), [sum] "+r"(sum), [even] "=&r"(even), [odd] "=&r"(odd)
      : [fours] "r"(fours), [end] "r"(end), [ones] "r"(0x10001)
      : "cc", "memory");
#undef ARENITE_EXPAND_FOUR
#else
  for (; fours > 0; --fours) {
    const uint32_t word = arenite_load_four(in);
    out[0] = arenite_even_bytes(word);
    out[2] = arenite_odd_bytes(word);
    sum += arenite_half_low(out[0]) + arenite_half_high(out[0]) + arenite_half_low(out[2]) + arenite_half_high(out[2]);
    in += 4;
    out += 4;
  }
#endif
  return sum;
}

/* The sum of `fours` times four inputs. */
static inline int32_t arenite_sum_fours(const int8_t *in, int32_t fours) {
  const arenite_halves ones = arenite_halves_of(1, 1);
  int32_t sum = 0;
  for (; fours > 0; --fours) {
    const uint32_t word = arenite_load_four(in);
    sum = arenite_mac_halves(sum, arenite_even_bytes(word), ones);
    sum = arenite_mac_halves(sum, arenite_odd_bytes(word), ones);
    in += 4;
  }
  return sum;
}

/* offset + floor(a * b / 2^32 + 1/2) */
static inline int32_t arenite_rounded_high_mac(int32_t offset, int32_t a, int32_t b) {
#if ARENITE_DSP
  int32_t high;
  __asm__("smmlar %0, %1, %2, %3" : "=r"(high) : "r"(a), "r"(b), "r"(offset));
  return high;
#else
  return arenite_add(offset, (int32_t)(((int64_t)a * b + INT64_C(0x80000000)) >> 32));
#endif
}

/* value / 2, rounded down and saturated to int8. */
static inline int8_t arenite_saturated_half(int32_t value) {
#if ARENITE_DSP
  int32_t half;
  __asm__("ssat %0, #8, %1, asr #1" : "=r"(half) : "r"(value));
  return (int8_t)half;
#else
  return (int8_t)arenite_clamp(value >> 1, -128, 127);
#endif
}

#endif
