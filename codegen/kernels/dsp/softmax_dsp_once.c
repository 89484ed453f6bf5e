#include "softmax_dsp_once.h"
#include "arenite_words_bytes_dsp.h"
#include "arenite_shares.h"

/* Shares beyond this exponent are 0. */
#define MOST_EXPONENT 62

/* Rare: one copy is enough. */
ARENITE_NOINLINE int32_t near_tie(int32_t value, arenite_share share) { return arenite_share_rounded(value, share); }

void arenite_softmax_dsp_once_row_s8(const arenite_softmax_dsp_once_layer *layer, const int8_t *in,
                                     const int32_t *exponentials, int8_t *out) {
  const int32_t entries = layer->entries;
  const int32_t zero_point = layer->output_zero_point;
  const int8_t *const end = in + layer->depth;
  const int32_t largest = arenite_int8_largest(in, layer->depth);
  uint64_t total = 0;
  const int8_t *p = in;
  do {
    const int32_t below = largest - *p++;
    if (below < entries) {
      total += (uint32_t)exponentials[below];
    }
  } while (p != end);
  arenite_share share = arenite_steps_of(total, layer->steps);
  if (share.exponent > MOST_EXPONENT) {
    share.exponent = MOST_EXPONENT;
    share.multiplier = 0;
  }
  /* The upper words tell what may be next to a tie; exponents are 37 or more. */
  const int64_t unit = INT64_C(1) << share.exponent;
  const int64_t margin = unit >> 20;
  const int64_t start = (unit >> 1) + margin;
  const int32_t mask = (int32_t)(unit >> 32) - 1;
  const int32_t limit = (int32_t)(margin >> 31);
  const int32_t shift = share.exponent - 32;
  do {
    const int32_t below = largest - *in++;
    int32_t result = 0;
    if (below < entries) {
      const int32_t value = exponentials[below];
      const int32_t high = (int32_t)((start + (int64_t)value * share.multiplier) >> 32);
      result = (high & mask) > limit ? high >> shift : near_tie(value, share);
    }
    *out++ = (int8_t)arenite_saturated(result + zero_point);
  } while (in != end);
}

void arenite_softmax_dsp_once_s8(const arenite_softmax_dsp_once_layer *layer, const int8_t *in,
                                 const int32_t *exponentials, int8_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_softmax_dsp_once_row_s8(layer, in, exponentials, out);
    in += layer->depth;
    out += layer->depth;
  }
}
