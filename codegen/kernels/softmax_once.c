#include "softmax_once.h"
#include "arenite_shares.h"

static inline int32_t exponential(const arenite_softmax_once_layer *layer, const int32_t *exponentials, int32_t below) {
  return below < layer->entries ? exponentials[below] : 0;
}

void arenite_softmax_once_row_s8(const arenite_softmax_once_layer *layer, const int8_t *in,
                                 const int32_t *exponentials, int8_t *out) {
  const int32_t depth = layer->depth;
  int32_t largest = -128;
  for (int32_t i = 0; i < depth; ++i) {
    largest = in[i] > largest ? in[i] : largest;
  }
  uint64_t sum = 0;
  for (int32_t i = 0; i < depth; ++i) {
    sum += (uint64_t)exponential(layer, exponentials, largest - in[i]);
  }
  const arenite_share share = arenite_steps_of(sum, layer->steps);
  for (int32_t i = 0; i < depth; ++i) {
    const int32_t result = arenite_share_rounded(exponential(layer, exponentials, largest - in[i]), share);
    out[i] = arenite_store(result, layer->output_zero_point, -128, 127);
  }
}

void arenite_softmax_once_s8(const arenite_softmax_once_layer *layer, const int8_t *in, const int32_t *exponentials,
                             int8_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_softmax_once_row_s8(layer, in, exponentials, out);
    in += layer->depth;
    out += layer->depth;
  }
}
