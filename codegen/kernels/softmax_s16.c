#include "softmax_s16.h"
#include "arenite_table_s16.h"

void arenite_softmax_row_s16(const arenite_softmax_s16_layer *layer, const int16_t *in, const int16_t *exponentials,
                             const int16_t *reciprocals, int16_t *out) {
  const int32_t depth = layer->depth;
  int32_t largest = INT16_MIN;
  for (int32_t i = 0; i < depth; ++i) {
    largest = in[i] > largest ? in[i] : largest;
  }
  int32_t sum = 0; /* Q16.15, at least almost 1 */
  for (int32_t i = 0; i < depth; ++i) {
    const int32_t below = arenite_requantise_twice(in[i] - largest, layer->multiplier, layer->shift);
    const int32_t argument = arenite_clamp(arenite_add(below, INT16_MAX), INT16_MIN, INT16_MAX);
    out[i] = arenite_interpolated(exponentials, argument);
    sum += out[i];
  }
  /* sum * 2^-exponent is in [1, 2); its part after the point in 16 bits, from -2^15 on. */
  int32_t exponent = 0;
  while (sum >> (exponent + 15) > 1) {
    ++exponent;
  }
  const int32_t whole = sum < 1 << 15 ? -1 : exponent;
  const int32_t mantissa = (int32_t)((((int64_t)sum << (15 - whole)) + (1 << 13)) >> 14);
  const int32_t place = arenite_clamp(mantissa - (1 << 16) - (1 << 15), INT16_MIN, INT16_MAX);
  const int32_t reciprocal = arenite_interpolated(reciprocals, place);
  const int32_t shift = 15 + whole;
  for (int32_t i = 0; i < depth; ++i) {
    out[i] = (int16_t)arenite_clamp((out[i] * reciprocal + (1 << (shift - 1))) >> shift, 0, INT16_MAX);
  }
}

void arenite_softmax_s16(const arenite_softmax_s16_layer *layer, const int16_t *in, const int16_t *exponentials,
                         const int16_t *reciprocals, int16_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_softmax_row_s16(layer, in, exponentials, reciprocals, out);
    in += layer->depth;
    out += layer->depth;
  }
}
