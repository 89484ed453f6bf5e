#include "divide.h"
#include "arenite_shares.h"

/* TFLite's reference: both operands are shifted to the left end, the divisor's reciprocal comes of Newton's steps. */
ARENITE_NOINLINE int32_t quotient(const arenite_divide_layer *layer, int32_t x, int32_t y) {
  int32_t dividend = x + layer->x_offset;
  int32_t divisor = y + layer->y_offset;
  if (dividend == 0 || divisor == 0) {
    return 0;
  }
  if (divisor < 0) {
    dividend = -dividend;
    divisor = -divisor;
  }
  int32_t exponent = -layer->shift;
  for (; divisor < 1 << 30; divisor *= 2) {
    --exponent;
  }
  exponent += 30;
  for (; dividend < 1 << 30 && dividend >= -(1 << 30); dividend *= 2) {
    ++exponent;
  }
  const int32_t high = arenite_doubling_high_mul(dividend, arenite_half_reciprocal(divisor));
  return exponent > 31 ? 0 : arenite_rounding_shift(arenite_doubling_high_mul(high, layer->multiplier), exponent);
}

ARENITE_PAIRS(divide, s8, arenite_divide_layer, int8_t, int8_t,
              arenite_store(quotient(&l, x, y), l.output_zero_point, l.activation_min, l.activation_max))
