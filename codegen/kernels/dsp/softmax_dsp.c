#include "softmax_dsp.h"
#include "arenite_words_bytes_dsp.h"
#include "arenite_shares.h"

void arenite_softmax_dsp_row_s8(const arenite_softmax_dsp_layer *layer, const int8_t *in, const int32_t *exponentials,
                                int8_t *out) {
  const int32_t entries = layer->entries;
  const int32_t largest = arenite_int8_largest(in, layer->depth);
  const int8_t *const end = in + layer->depth;
  uint32_t sum = 0; /* Q12.19, at least 1 */
  const int8_t *p = in;
  do {
    const int32_t below = largest - *p++;
    if (below < entries) {
      sum += ((uint32_t)exponentials[below] + (1u << 11)) >> 12;
    }
  } while (p != end);
  arenite_share share = arenite_share_of(sum);
  if (share.exponent > 31) {
    share.exponent = 31;
    share.multiplier = 0;
  }
  const uint32_t twice = (uint32_t)share.multiplier * 2;
  const uint32_t half = (1u << share.exponent) >> 1;
  do {
    const int32_t below = largest - *in++;
    int8_t result = -128;
    if (below < entries) {
      const uint64_t product = (uint64_t)twice * (uint32_t)exponentials[below];
      const uint32_t part = (uint32_t)((product + UINT32_C(0x80000000)) >> 32);
      result = (int8_t)(arenite_clamp((int32_t)((part + half) >> share.exponent), 0, 255) - 128);
    }
    *out++ = result;
  } while (in != end);
}

void arenite_softmax_dsp_s8(const arenite_softmax_dsp_layer *layer, const int8_t *in, const int32_t *exponentials,
                            int8_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_softmax_dsp_row_s8(layer, in, exponentials, out);
    in += layer->depth;
    out += layer->depth;
  }
}
