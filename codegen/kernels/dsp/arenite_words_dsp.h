/* Words of the DSP extension (Cortex-M4, M7, M33), each beside a portable version of the same result. */
#ifndef ARENITE_WORDS_DSP_H
#define ARENITE_WORDS_DSP_H

#include "arenite_words.h"

#if defined(__GNUC__) && defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP && defined(__thumb2__)
#define ARENITE_DSP 1
#else
#define ARENITE_DSP 0
#endif

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

/* One output channel: twice an arenite_channel's bias, half its multiplier modulo 2^32, and its exponent, which is in
 * [0, 22] then; accumulators are less than 2^30 in magnitude. For other channels and in other cases, the bias, the
 * multiplier and 64 less than the exponent of an arenite_channel. Of four channels all or none are of the first kind. */
typedef struct {
  int32_t bias;
  int32_t multiplier;
  int32_t exponent;
} arenite_pair_channel;

/* An accumulator, doubled, scaled as arenite_requantise does. `rounding` is 2 * zero_point + 1. */
static inline int8_t arenite_requantise_doubled(int32_t doubled, const arenite_pair_channel *channel, int32_t rounding) {
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
  "ldrd r10, r11, [r0], #8\n\t"  \
  "ldrd r12, lr, [r1], #8\n\t"   \
  "smlad r2, r12, r10, r2\n\t"   \
  "smlad r3, r12, r11, r3\n\t"   \
  "smlad r6, lr, r10, r6\n\t"    \
  "smlad r7, lr, r11, r7\n\t"    \
  "uxtb16 r12, r12\n\t"          \
  "uxtb16 lr, lr\n\t"            \
  "smlad r4, r12, r10, r4\n\t"   \
  "smlad r5, r12, r11, r5\n\t"   \
  "smlad r8, lr, r10, r8\n\t"    \
  "smlad r9, lr, r11, r9\n\t"
/* All inputs; r10 holds how many bytes they are, sp points to their end. */
#define ARENITE_PAIR_DOT                                    \
  "tst r10, #16\n\t"                                        \
  "bne 3f\n"                                                \
  "2:\n\t" ARENITE_PAIR_TWO ARENITE_PAIR_TWO               \
  "3:\n\t" ARENITE_PAIR_TWO ARENITE_PAIR_TWO               \
  "ldr r12, [sp]\n\t"                                       \
  "cmp r0, r12\n\t"                                         \
  "bne 2b\n\t"
/* One output of the channel in r6 to r8, whose offset is in r9. */
#define ARENITE_PAIR_OUTPUT(doubled, to)   \
  "smmlar r0, " doubled ", r7, r9\n\t"     \
  "add r0, r0, " doubled ", asr #31\n\t"   \
  "asr r0, r0, r8\n\t"                     \
  "ssat r0, #8, r0, asr #1\n\t"            \
  "strb r0, [" to "], #1\n\t"
/* Two channels: sums in r2 to r5, channels at r10, outputs to r11 and r12, rounding in lr. */
#define ARENITE_PAIR_OUTPUTS                                                                          \
  "ldm r10!, {r6, r7, r8}\n\t"                                                                        \
  "sub r2, r2, r4\n\t"                                                                                \
  "sub r3, r3, r5\n\t"                                                                                \
  "add r4, r6, r4, lsl #1\n\t"                                                                        \
  "add r5, r6, r5, lsl #1\n\t"                                                                        \
  "lsl r9, lr, r8\n\t" ARENITE_PAIR_OUTPUT("r4", "r11") ARENITE_PAIR_OUTPUT("r5", "r12")             \
  "ldm r10!, {r6, r7, r8}\n\t"                                                                        \
  "add r2, r6, r2, asr #7\n\t"                                                                        \
  "add r3, r6, r3, asr #7\n\t"                                                                        \
  "lsl r9, lr, r8\n\t" ARENITE_PAIR_OUTPUT("r2", "r11") ARENITE_PAIR_OUTPUT("r3", "r12")
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
      "ldm r2, {r2, r3, r4, r5, r6, r7, r8, r9}\n\t" ARENITE_PAIR_DOT
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
  __asm__ volatile(
      "ldrd r2, r1, [r0, #4]\n\t"
      "mov r3, r0\n\t"
      "push {r2, r3, r7}\n"
      "1:\n\t"
      "ldr r12, [sp, #4]\n\t"
      "ldrd r0, r10, [r12]\n\t"
      "ldrd r2, r3, [r12, #28]\n\t"
      "sub r10, r10, r0\n\t"
      "mov r4, r2\n\t"
      "mov r6, r2\n\t"
      "mov r8, r2\n\t"
      "mov r5, r3\n\t"
      "mov r7, r3\n\t"
      "mov r9, r3\n\t" ARENITE_PAIR_DOT
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
      "pop {r2, r3, r7}\n\t"
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
