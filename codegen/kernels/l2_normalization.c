#include "l2_normalization.h"

enum { RESULT_BITS = 7 };

/* multiplier * 2^(shift - 31) is 1 / sqrt(value), that of 1 for 0: five of Newton's steps in Q3.28, from 1 on. */
static int32_t inverse_root(int32_t value, int32_t *shift) {
  if (value <= 1) {
    *shift = 0;
    return INT32_MAX;
  }
  int32_t right = 11;
  for (; value >= 1 << 29; value /= 4) {
    ++right;
  }
  for (; value < 1 << 27; value *= 4) {
    --right;
  }
  const int32_t half = ((value >> 1) + 1) >> 1;
  int32_t root = 1 << 28;
  for (int32_t i = 0; i < 5; ++i) {
    const int32_t square = arenite_doubling_high_mul(root, root);
    const int32_t cube = arenite_doubling_high_mul(square, root) * (1 << 6);
    root = (arenite_doubling_high_mul(3 << 27, root) - arenite_doubling_high_mul(half, cube)) * (1 << 3);
  }
  /* By the root of 1/2. */
  const int32_t multiplier = arenite_doubling_high_mul(root, 1518500250);
  *shift = right < 0 ? 0 : -right;
  return right < 0 ? multiplier * (1 << -right) : multiplier;
}

void arenite_l2_normalization_row_s8(const arenite_l2_normalization_layer *layer, const int8_t *in, int8_t *out) {
  const int32_t depth = layer->depth;
  const int32_t zero_point = layer->zero_point;
  int32_t sum = 0;
  for (int32_t i = 0; i < depth; ++i) {
    const int32_t value = in[i] - zero_point;
    sum += value * value;
  }
  int32_t shift;
  const int32_t multiplier = inverse_root(sum, &shift);
  for (int32_t i = 0; i < depth; ++i) {
    const int32_t value = (in[i] - zero_point) * (1 << layer->early);
    out[i] = arenite_saturate(arenite_requantise_twice(value, multiplier, shift + RESULT_BITS - layer->early), 0);
  }
}

void arenite_l2_normalization_s8(const arenite_l2_normalization_layer *layer, const int8_t *in, int8_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_l2_normalization_row_s8(layer, in, out);
    in += layer->depth;
    out += layer->depth;
  }
}
