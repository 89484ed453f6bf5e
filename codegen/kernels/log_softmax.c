#include "log_softmax.h"
#include "arenite_shares.h"

enum {
  SUM_INTEGER_BITS = 12,
  LOG_FRACTION_BITS = 25,    /* before the last doubling */
  RESULT_SHIFT = 22,         /* from Q5.26 to 16ths */
  RESULT_ZERO_POINT = 127,
  QUARTER = 1 << 23,         /* in Q6.25 */
  LOG_OF_2 = 1488522236,     /* the following in Q0.31 */
  ROOT_OF_HALF = 1518500250, /* 1/2 to the 1/2 */
  FOURTH_ROOT = 1805811301,  /* 1/2 to the 1/4 */
  ALPHA_N = 117049297,
  ALPHA_D = 127690142,
  ALPHA_I = 1057819769,
  ALPHA_F = 638450708
};

/* By how much a positive number may be shifted left. */
static int32_t headroom_of(int32_t value) {
  int32_t bits = 0;
  for (; value < 1 << 30; value *= 2) {
    ++bits;
  }
  return bits;
}

static inline int32_t shifted_left(int32_t value, int32_t bits) {
  return value > INT32_MAX >> bits ? INT32_MAX : value * (1 << bits);
}

static inline int32_t times(int32_t a, int32_t b) { return arenite_doubling_high_mul(a, b); }

/* log(sum) in Q5.26, of a sum in Q12.19 that is at least 1: a power of two times r near the fourth root of 1/2, where the
 * logarithm is a quotient of two polynomials. Factors and places of rounding are those of TFLite's reference. */
static int32_t log_of(int32_t sum) {
  const int32_t a = headroom_of(sum);
  const int32_t b = headroom_of(times(sum, ROOT_OF_HALF));
  const int32_t a_power = (SUM_INTEGER_BITS - 1 - a) * (1 << LOG_FRACTION_BITS) + QUARTER;
  const int32_t b_power = (SUM_INTEGER_BITS - b) * (1 << LOG_FRACTION_BITS) - QUARTER;
  const int32_t a_rest = shifted_left(times(sum * (1 << a), ROOT_OF_HALF), 1);
  const int32_t b_rest = shifted_left(sum, b);
  const int32_t power = a_power > b_power ? a_power : b_power;
  const int32_t r = a_rest < b_rest ? a_rest : b_rest;
  const int32_t p = (int32_t)(((uint32_t)r + (uint32_t)FOURTH_ROOT + 1u) >> 1);
  const int32_t q = (r - FOURTH_ROOT) * 2;
  const int32_t square = times(q, q);
  const int32_t dividend = times(q, r) + times(times(q, square), ALPHA_N);
  const int32_t divisor = times(p, ALPHA_I + q + times(ALPHA_D, square)) + times(ALPHA_F, q);
  const int32_t half = (int32_t)(((uint32_t)divisor + UINT32_C(0x80000000)) >> 1);
  const int32_t rest = times(arenite_rounding_shift(dividend, 6), arenite_half_reciprocal(half));
  return (times(power, LOG_OF_2) + rest) * 2;
}

void arenite_log_softmax_row_s8(const arenite_log_softmax_layer *layer, const int8_t *in, const int32_t *exponentials,
                                int8_t *out) {
  const int32_t depth = layer->depth;
  int32_t largest = INT8_MIN;
  for (int32_t i = 0; i < depth; ++i) {
    largest = in[i] > largest ? in[i] : largest;
  }
  int32_t sum = 0; /* Q12.19 */
  for (int32_t i = 0; i < depth; ++i) {
    const int32_t below = largest - in[i];
    sum += below < layer->entries ? arenite_rounding_shift(exponentials[below], SUM_INTEGER_BITS) : 0;
  }
  const int32_t log = log_of(sum);
  /* From this difference on, the result is out of Q5.26. */
  const int32_t limit = arenite_requantise_twice(log + INT32_MIN, layer->reverse_multiplier, layer->reverse_shift);
  for (int32_t i = 0; i < depth; ++i) {
    const int32_t difference = in[i] - largest;
    int32_t result = INT8_MIN;
    if (difference > limit && difference >= -layer->farthest) {
      const int32_t scaled = arenite_requantise_twice(difference, layer->multiplier, layer->shift);
      const int32_t exact = (int32_t)((uint32_t)scaled - (uint32_t)log);
      result = arenite_clamp(arenite_rounding_shift(exact, RESULT_SHIFT) + RESULT_ZERO_POINT, INT8_MIN, INT8_MAX);
    }
    out[i] = (int8_t)result;
  }
}

void arenite_log_softmax_s8(const arenite_log_softmax_layer *layer, const int8_t *in, const int32_t *exponentials,
                            int8_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_log_softmax_row_s8(layer, in, exponentials, out);
    in += layer->depth;
    out += layer->depth;
  }
}
