/* Words for four int8 in one register of cores with the DSP extension, each beside a portable version of the same
 * result. */
#ifndef ARENITE_WORDS_BYTES_DSP_H
#define ARENITE_WORDS_BYTES_DSP_H

#include "arenite_words_dsp.h"

/* The same int8 four times. */
static inline uint32_t arenite_int8x4_of(int32_t value) { return (uint32_t)(uint8_t)value * UINT32_C(0x01010101); }

/* The larger ones, byte by byte, signed. */
static inline uint32_t arenite_int8x4_max(uint32_t a, uint32_t b) {
#if ARENITE_DSP
  uint32_t result;
  __asm__("ssub8 %0, %1, %2\n\tsel %0, %1, %2" : "=&r"(result) : "r"(a), "r"(b) : "cc");
  return result;
#else
  uint32_t result = 0;
  for (int32_t i = 0; i < 32; i += 8) {
    const int8_t x = (int8_t)(a >> i);
    const int8_t y = (int8_t)(b >> i);
    result |= (uint32_t)(uint8_t)(x >= y ? x : y) << i;
  }
  return result;
#endif
}

/* The smaller ones, byte by byte, signed. */
static inline uint32_t arenite_int8x4_min(uint32_t a, uint32_t b) {
#if ARENITE_DSP
  uint32_t result;
  __asm__("ssub8 %0, %1, %2\n\tsel %0, %2, %1" : "=&r"(result) : "r"(a), "r"(b) : "cc");
  return result;
#else
  return ~arenite_int8x4_max(~a, ~b);
#endif
}

/* pair + bytes 0 and 2, sign-extended. */
static inline arenite_halves arenite_plus_even_bytes(arenite_halves pair, uint32_t word) {
#if ARENITE_DSP
  arenite_halves sums;
  __asm__("sxtab16 %0, %1, %2" : "=r"(sums) : "r"(pair), "r"(word));
  return sums;
#else
  const arenite_halves even = arenite_even_bytes(word);
  return arenite_halves_of(arenite_half_low(pair) + arenite_half_low(even),
                           arenite_half_high(pair) + arenite_half_high(even));
#endif
}

/* pair + bytes 1 and 3, sign-extended. */
static inline arenite_halves arenite_plus_odd_bytes(arenite_halves pair, uint32_t word) {
#if ARENITE_DSP
  arenite_halves sums;
  __asm__("sxtab16 %0, %1, %2, ror #8" : "=r"(sums) : "r"(pair), "r"(word));
  return sums;
#else
  return arenite_plus_even_bytes(pair, word >> 8);
#endif
}

/* Half by half, modulo 2^16. */
static inline arenite_halves arenite_halves_plus(arenite_halves a, arenite_halves b) {
#if ARENITE_DSP
  arenite_halves sums;
  __asm__("sadd16 %0, %1, %2" : "=r"(sums) : "r"(a), "r"(b) : "cc");
  return sums;
#else
  return arenite_halves_of(arenite_half_low(a) + arenite_half_low(b), arenite_half_high(a) + arenite_half_high(b));
#endif
}

/* The product of the lower halves, or of the upper ones. */
static inline int32_t arenite_product_low(arenite_halves a, arenite_halves b) {
  return arenite_half_low(a) * arenite_half_low(b);
}

static inline int32_t arenite_product_high(arenite_halves a, arenite_halves b) {
  return arenite_half_high(a) * arenite_half_high(b);
}

/* value, saturated to int8. */
static inline int32_t arenite_saturated(int32_t value) {
#if ARENITE_DSP
  int32_t byte;
  __asm__("ssat %0, #8, %1" : "=r"(byte) : "r"(value));
  return byte;
#else
  return arenite_clamp(value, -128, 127);
#endif
}

/* value / 2, rounded down and saturated to uint8. */
static inline uint32_t arenite_unsigned_half(int32_t value) {
#if ARENITE_DSP
  uint32_t half;
  __asm__("usat %0, #8, %1, asr #1" : "=r"(half) : "r"(value));
  return half;
#else
  return (uint32_t)arenite_clamp(value >> 1, 0, 255);
#endif
}

/* Four bytes, the first one lowest; each less 128, as int8. */
static inline uint32_t arenite_bytes_less_128(uint32_t first, uint32_t second, uint32_t third, uint32_t fourth) {
  return (first | second << 8 | third << 16 | fourth << 24) ^ UINT32_C(0x80808080);
}

/* offset + floor(a * the lower half / 2^16), or the upper one. */
static inline int32_t arenite_wide_mac_low(int32_t offset, int32_t a, arenite_halves pair) {
#if ARENITE_DSP
  int32_t sum;
  __asm__("smlawb %0, %1, %2, %3" : "=r"(sum) : "r"(a), "r"(pair), "r"(offset));
  return sum;
#else
  return arenite_add(offset, (int32_t)(((int64_t)a * arenite_half_low(pair)) >> 16));
#endif
}

static inline int32_t arenite_wide_mac_high(int32_t offset, int32_t a, arenite_halves pair) {
#if ARENITE_DSP
  int32_t sum;
  __asm__("smlawt %0, %1, %2, %3" : "=r"(sum) : "r"(a), "r"(pair), "r"(offset));
  return sum;
#else
  return arenite_add(offset, (int32_t)(((int64_t)a * arenite_half_high(pair)) >> 16));
#endif
}

/* The largest of `count` int8, at least one. */
static inline int32_t arenite_int8_largest(const int8_t *in, int32_t count) {
  int32_t largest = -128;
  if (count >= 4) {
    const int8_t *const last = in + count - 4;
    /* The last four overlap with those before them, if need be. */
    uint32_t four = arenite_load_four(last);
    for (; in < last; in += 4) {
      four = arenite_int8x4_max(four, arenite_load_four(in));
    }
    four = arenite_int8x4_max(four, four >> 16);
    four = arenite_int8x4_max(four, four >> 8);
    return (int8_t)four;
  }
  for (; count > 0; --count) {
    largest = *in > largest ? *in : largest;
    ++in;
  }
  return largest;
}

#endif
