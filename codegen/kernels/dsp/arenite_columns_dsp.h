/* Rows of 3x3 windows, one channel after the other: what arenite_words_columns_dsp.h computes, and how without the DSP
 * extension. */
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

#if !ARENITE_DSP
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
