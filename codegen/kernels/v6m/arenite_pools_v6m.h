/* Sums and maxima of windows on Armv6-M. */
#ifndef ARENITE_POOLS_V6M_H
#define ARENITE_POOLS_V6M_H

#include "arenite_words_pools_v6m.h"

/* The columns of a window at an output column, of which the first would be column `origin` of the input. */
static inline arenite_range arenite_columns_at(int32_t origin, int32_t kernel_columns, int32_t input_columns) {
  const int32_t end = origin + kernel_columns;
  const arenite_range columns = {origin > 0 ? origin : 0, end < input_columns ? end : input_columns};
  return columns;
}

/* Moves the part to an output column; `in` is where it begins at column 0. */
static inline void arenite_part_at(arenite_part *part, const int8_t *in, int32_t origin, int32_t kernel_columns,
                                   int32_t input_columns) {
  const arenite_range columns = arenite_columns_at(origin, kernel_columns, input_columns);
  part->in = in + columns.first * part->channels;
  part->columns = columns.last - columns.first;
}

/* The first channel that is aligned to 4 bytes in all pixels of the window; `channels` if there is none. */
static inline int32_t arenite_first_word(const arenite_part *part) {
  uint32_t apart = (uint32_t)part->channels;
  for (int32_t k = part->first + 1; k < part->last; ++k) {
    apart |= (uint32_t)part->taps[k] - (uint32_t)part->taps[k - 1];
  }
  const uintptr_t begin = (uintptr_t)(part->in + part->taps[part->first]);
  return (apart & 3u) == 0 ? (int32_t)(-begin & 3u) : part->channels;
}

/* The sum of `count` elements that lie `step` apart. */
static inline int32_t arenite_sum_apart(const int8_t *in, int32_t step, int32_t count) {
  int32_t sum = 0;
  for (; count >= 2; count -= 2) {
    sum += in[0] + in[step];
    in += 2 * step;
  }
  return count > 0 ? sum + *in : sum;
}

/* Sums over a window for some channels from c on and before `end`; returns for how many, 1 or 4. */
ARENITE_NOINLINE int32_t arenite_sums_of_bytes(const arenite_part *part, int32_t c, int32_t end, int32_t *sums) {
  if (c + 4 > end) {
    int32_t sum = 0;
    for (int32_t k = part->first; k < part->last; ++k) {
      sum += arenite_sum_apart(part->in + (part->taps[k] + c), part->channels, part->columns);
    }
    sums[0] = sum;
    return 1;
  }
  int32_t sum0 = 0;
  int32_t sum1 = 0;
  int32_t sum2 = 0;
  int32_t sum3 = 0;
  for (int32_t k = part->first; k < part->last; ++k) {
    const int8_t *in = part->in + (part->taps[k] + c);
    for (int32_t i = part->columns; i > 0; --i) {
      sum0 += in[0];
      sum1 += in[1];
      sum2 += in[2];
      sum3 += in[3];
      in += part->channels;
    }
  }
  sums[0] = sum0;
  sums[1] = sum1;
  sums[2] = sum2;
  sums[3] = sum3;
  return 4;
}

/* Sums over a window of at most 256 elements for some channels from c on; returns for how many, 1 or 4. `words` is the
 * first channel that is aligned. */
static inline int32_t arenite_sums(const arenite_part *part, int32_t c, int32_t words, int32_t *sums) {
  if (c < words || c + 4 > part->channels) {
    return arenite_sums_of_bytes(part, c, c < words ? words : part->channels, sums);
  }
  const arenite_byte_sums four = arenite_sum_four(part, c);
  const int32_t bias = 128 * (part->last - part->first) * part->columns;
  sums[0] = (int32_t)(four.even & 0xffffu) - bias;
  sums[1] = (int32_t)(four.odd & 0xffffu) - bias;
  sums[2] = (int32_t)(four.even >> 16) - bias;
  sums[3] = (int32_t)(four.odd >> 16) - bias;
  return 4;
}

/* Adds elements of pixels side by side, each plus 128, to the sums of all channels, which the first ones begin. */
static inline void arenite_add_pixels(const int8_t *in, int32_t columns, int32_t channels, int32_t first,
                                      int32_t *sums) {
  const int32_t tap = 0;
  const arenite_part part = {in, &tap, 0, 1, columns, channels};
  const int32_t words = arenite_first_word(&part);
  if (first) {
    for (int32_t c = 0; c < channels; ++c) {
      sums[c] = 0;
    }
  }
  int32_t c = 0;
  while (c < channels) {
    if (c >= words && c + 4 <= channels) {
      const arenite_byte_sums four = arenite_sum_four(&part, c);
      sums[0] += (int32_t)(four.even & 0xffffu);
      sums[1] += (int32_t)(four.odd & 0xffffu);
      sums[2] += (int32_t)(four.even >> 16);
      sums[3] += (int32_t)(four.odd >> 16);
      sums += 4;
      c += 4;
    } else {
      int32_t more[4];
      const int32_t end = c + arenite_sums_of_bytes(&part, c, c < words ? words : channels, more);
      for (const int32_t *sum = more; c < end; ++c) {
        *sums++ += *sum++ + 128 * columns;
      }
    }
  }
}

ARENITE_NOINLINE void arenite_some_maxima(const int8_t *const *taps, int32_t n, int8_t *out, int32_t count) {
  arenite_maxima(taps, n, out, count);
}

/* The maxima of all channels, and of what `out` holds, if it is to be `kept`. */
ARENITE_NOINLINE void arenite_max_of_part(const arenite_part *part, int32_t kept, int8_t *out) {
  const int8_t *taps[ARENITE_MOST_TAPS] = {out};
  int32_t n = kept;
  for (int32_t k = part->first; k < part->last; ++k) {
    const int8_t *in = part->in + part->taps[k];
    for (int32_t i = part->columns; i > 0; --i) {
      if (n == ARENITE_MOST_TAPS) {
        arenite_some_maxima(taps, n, out, part->channels);
        taps[0] = out;
        n = 1;
      }
      taps[n++] = in;
      in += part->channels;
    }
  }
  arenite_some_maxima(taps, n, out, part->channels);
}

/* Division of a sum by the number of its elements, which is at most 256: n / count = n * reciprocal / 2^24, rounded
 * down, for 0 <= n <= 255 * count + half. Sums of elements plus 128 are `positive` from there on. */
typedef struct {
  int32_t count;
  int32_t reciprocal;
  int32_t half;
  int32_t positive;
} arenite_division;

static inline arenite_division arenite_division_by(int32_t count) {
  /* An odd number of elements has no ties. */
  const int32_t positive = (count & 1) != 0 ? 0 : 128 * count;
  const arenite_division by = {count, ((1 << 24) + count - 1) / count, count / 2, positive};
  return by;
}

/* The average, to nearest, ties away from 0, from the sum of the elements plus 128. */
static inline int8_t arenite_average(const arenite_division *by, int32_t sum) {
  const int32_t rounded = sum + by->half + ((sum - by->positive) >> 31);
  return (int8_t)((int32_t)((uint32_t)rounded * (uint32_t)by->reciprocal >> 24) - 128);
}

#endif
