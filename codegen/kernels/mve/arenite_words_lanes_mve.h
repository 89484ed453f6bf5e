/* Words for Helium: vectors of 16 int8 and of eight int16. Each has a portable twin of the same result. */
#ifndef ARENITE_WORDS_LANES_MVE_H
#define ARENITE_WORDS_LANES_MVE_H

#include "arenite_words_fours_mve.h"

#if ARENITE_MVE
typedef int8x16_t arenite_bytes;
#else
typedef struct {
  int8_t lane[ARENITE_CHUNK];
} arenite_bytes;
#endif

/* Eight elements as int16. */
#if ARENITE_MVE
typedef int16x8_t arenite_eight;
#else
typedef struct {
  int16_t lane[8];
} arenite_eight;
#endif

/* Sums of eight channels: those of the even ones and of the odd ones. */
typedef struct {
  arenite_four even;
  arenite_four odd;
} arenite_eight_sums;

/* What eight output elements go through; all lanes of a vector are alike. */
typedef struct {
  arenite_eight low;
  arenite_eight high;
  int32_t zero_point;
} arenite_eight_range;

#if ARENITE_MVE

/* `value` in all lanes. */
static inline arenite_bytes arenite_bytes_of(int32_t value) { return vdupq_n_s8((int8_t)value); }

/* a[0] b[0] a[1] b[1] ..., saturated to int16. Compilers would copy a vector for the lanes that come later. */
static inline int16x8_t arenite_narrow_fours(arenite_four a, arenite_four b) {
  int16x8_t both;
  __asm__("vqmovnb.s32 %q0, %q1\n\t"
          "vqmovnt.s32 %q0, %q2"
          : "=&w"(both)
          : "w"(a), "w"(b));
  return both;
}

static inline arenite_eight arenite_eight_of(int32_t value) { return vdupq_n_s16((int16_t)value); }

static inline arenite_eight arenite_eight_load(const int8_t *in) { return vldrbq_s16(in); }

/* Lane i is in[offsets[i]], for the first `count` lanes; offsets are not negative. */
static inline arenite_eight arenite_eight_load_at(const int8_t *in, arenite_eight offsets, int32_t count) {
  return vldrbq_gather_offset_z_s16(in, vreinterpretq_u16_s16(offsets), vctp16q((uint32_t)count));
}

static inline arenite_eight arenite_eight_subtract(arenite_eight values, int32_t value) {
  return vsubq_n_s16(values, (int16_t)value);
}

/* sums + a * b */
static inline arenite_eight_sums arenite_eight_mac(arenite_eight_sums sums, arenite_eight a, arenite_eight b) {
  sums.even = vaddq_s32(sums.even, vmullbq_int_s16(a, b));
  sums.odd = vaddq_s32(sums.odd, vmulltq_int_s16(a, b));
  return sums;
}

/* The first `count` output elements. Values saturate to int16 before the zero point is added. */
static inline void arenite_eight_store(arenite_eight_sums values, const arenite_eight_range *range, int32_t count,
                                       int8_t *out) {
  const int16x8_t narrow = arenite_narrow_fours(values.even, values.odd);
  const int16x8_t moved = vqaddq_n_s16(narrow, (int16_t)range->zero_point);
  const int16x8_t clamped = vminq_s16(vmaxq_s16(moved, range->low), range->high);
  if (count >= 8) {
    vstrbq_s16(out, clamped);
  } else {
    vstrbq_p_s16(out, clamped, vctp16q((uint32_t)count));
  }
}

static inline arenite_bytes arenite_bytes_load(const int8_t *in) { return vldrbq_s8(in); }

/* The first `count` of 16; those behind are neither read nor written. */
static inline arenite_bytes arenite_bytes_load_some(const int8_t *in, int32_t count) {
  return vldrbq_z_s8(in, vctp8q((uint32_t)count));
}

static inline void arenite_bytes_store_some(int8_t *out, arenite_bytes values, int32_t count) {
  vstrbq_p_s8(out, values, vctp8q((uint32_t)count));
}

static inline arenite_bytes arenite_bytes_max(arenite_bytes a, arenite_bytes b) { return vmaxq_s8(a, b); }

static inline arenite_bytes arenite_bytes_min(arenite_bytes a, arenite_bytes b) { return vminq_s8(a, b); }

static inline void arenite_bytes_store(int8_t *out, arenite_bytes values) { vstrbq_s8(out, values); }

/* Lane i is table[(uint8_t)indices[i]]. */
static inline arenite_bytes arenite_bytes_lookup(const int8_t *table, arenite_bytes indices) {
  return vldrbq_gather_offset_s8(table, vreinterpretq_u8_s8(indices));
}

#else

static inline arenite_bytes arenite_bytes_of(int32_t value) {
  arenite_bytes all;
  for (int32_t i = 0; i < ARENITE_CHUNK; ++i) {
    all.lane[i] = (int8_t)value;
  }
  return all;
}

static inline arenite_eight arenite_eight_of(int32_t value) {
  arenite_eight all;
  for (int32_t i = 0; i < 8; ++i) {
    all.lane[i] = (int16_t)value;
  }
  return all;
}

static inline arenite_eight arenite_eight_load_at(const int8_t *in, arenite_eight offsets, int32_t count) {
  arenite_eight values = arenite_eight_of(0);
  for (int32_t i = 0; i < 8 && i < count; ++i) {
    values.lane[i] = in[offsets.lane[i]];
  }
  return values;
}

static inline arenite_eight arenite_eight_load(const int8_t *in) {
  arenite_eight values;
  for (int32_t i = 0; i < 8; ++i) {
    values.lane[i] = in[i];
  }
  return values;
}

static inline arenite_eight arenite_eight_subtract(arenite_eight values, int32_t value) {
  for (int32_t i = 0; i < 8; ++i) {
    values.lane[i] = (int16_t)(values.lane[i] - value);
  }
  return values;
}

static inline arenite_eight_sums arenite_eight_mac(arenite_eight_sums sums, arenite_eight a, arenite_eight b) {
  for (int32_t c = 0; c < 4; ++c) {
    sums.even.lane[c] = arenite_mac(sums.even.lane[c], a.lane[2 * c], b.lane[2 * c]);
    sums.odd.lane[c] = arenite_mac(sums.odd.lane[c], a.lane[2 * c + 1], b.lane[2 * c + 1]);
  }
  return sums;
}

static inline void arenite_eight_store(arenite_eight_sums values, const arenite_eight_range *range, int32_t count,
                                       int8_t *out) {
  for (int32_t i = 0; i < 8 && i < count; ++i) {
    const int32_t value = i % 2 == 0 ? values.even.lane[i / 2] : values.odd.lane[i / 2];
    const int32_t narrow = arenite_clamp(value, INT16_MIN, INT16_MAX);
    out[i] = arenite_store(narrow, range->zero_point, range->low.lane[0], range->high.lane[0]);
  }
}

static inline arenite_bytes arenite_bytes_load_some(const int8_t *in, int32_t count) {
  arenite_bytes values;
  for (int32_t i = 0; i < ARENITE_CHUNK; ++i) {
    values.lane[i] = i < count ? in[i] : 0;
  }
  return values;
}

static inline arenite_bytes arenite_bytes_load(const int8_t *in) { return arenite_bytes_load_some(in, ARENITE_CHUNK); }

static inline void arenite_bytes_store_some(int8_t *out, arenite_bytes values, int32_t count) {
  for (int32_t i = 0; i < ARENITE_CHUNK && i < count; ++i) {
    out[i] = values.lane[i];
  }
}

static inline arenite_bytes arenite_bytes_max(arenite_bytes a, arenite_bytes b) {
  for (int32_t i = 0; i < ARENITE_CHUNK; ++i) {
    a.lane[i] = a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i];
  }
  return a;
}

static inline arenite_bytes arenite_bytes_min(arenite_bytes a, arenite_bytes b) {
  for (int32_t i = 0; i < ARENITE_CHUNK; ++i) {
    a.lane[i] = a.lane[i] < b.lane[i] ? a.lane[i] : b.lane[i];
  }
  return a;
}

static inline void arenite_bytes_store(int8_t *out, arenite_bytes values) {
  arenite_bytes_store_some(out, values, ARENITE_CHUNK);
}

static inline arenite_bytes arenite_bytes_lookup(const int8_t *table, arenite_bytes indices) {
  for (int32_t i = 0; i < ARENITE_CHUNK; ++i) {
    indices.lane[i] = table[(uint8_t)indices.lane[i]];
  }
  return indices;
}

#endif

#endif
