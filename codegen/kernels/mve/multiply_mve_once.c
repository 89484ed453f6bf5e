#include "multiply_mve_once.h"

/* Scaled products, of which some are next to a tie. */
ARENITE_NOINLINE arenite_four scaled_at_ties(const arenite_multiply_once_layer *layer, arenite_four products,
                                             arenite_four scaled, arenite_four ties) {
  int32_t from[ARENITE_FOUR];
  int32_t to[ARENITE_FOUR];
  int32_t least[ARENITE_FOUR];
  arenite_four_store_some_sums(from, products, ARENITE_FOUR);
  arenite_four_store_some_sums(to, scaled, ARENITE_FOUR);
  arenite_four_store_some_sums(least, ties, ARENITE_FOUR);
  for (int32_t i = 0; i < ARENITE_FOUR; ++i) {
    if (least[i] == INT32_MIN) {
      to[i] = arenite_scale_as_float(from[i], layer->multiplier, layer->code, layer->float_offset);
    }
  }
  return arenite_four_load_sums(to);
}

void arenite_multiply_mve_once_row_s8(const arenite_multiply_once_layer *layer, const int8_t *a, const int8_t *b,
                                      int8_t *out) {
  const arenite_output_range range =
      arenite_range_of(layer->output_zero_point, layer->activation_min, layer->activation_max);
  const arenite_four a_offset = arenite_four_of(layer->a_offset);
  const arenite_four b_offset = arenite_four_of(layer->b_offset);
  const int32_t multiplier = layer->multiplier;
  const int32_t code = layer->code;
  int8_t a_four[ARENITE_FOUR];
  int8_t b_four[ARENITE_FOUR];
  out += layer->output_start;
  for (int32_t column = 0; column < layer->columns; ++column) {
    arenite_operand x = arenite_operand_of(a, layer->a_channel_stride, a_four);
    arenite_operand y = arenite_operand_of(b, layer->b_channel_stride, b_four);
    int8_t *to = out;
    for (int32_t left = layer->channels; left > 0; left -= ARENITE_FOUR) {
      const arenite_four first = arenite_four_plus(arenite_operand_next(&x, left), a_offset);
      const arenite_four second = arenite_four_plus(arenite_operand_next(&y, left), b_offset);
      const arenite_four products = arenite_four_multiply(first, second);
      arenite_four ties;
      arenite_four scaled = arenite_four_scale_off_ties(products, multiplier, code, &ties);
      if (arenite_four_any_least(ties)) {
        scaled = scaled_at_ties(layer, products, scaled, ties);
      }
      arenite_four_store(scaled, &range, left, to);
      to += ARENITE_FOUR;
    }
    a += layer->a_column_stride;
    b += layer->b_column_stride;
    out += layer->output_stride;
  }
}

void arenite_multiply_mve_once_s8(const arenite_multiply_once_layer *layer, const int8_t *a, const int8_t *b,
                                  int8_t *out) {
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t row = 0; row < layer->rows; ++row) {
      const int8_t *a_row = a + (batch * layer->a_batch_stride + row * layer->a_row_stride);
      const int8_t *b_row = b + (batch * layer->b_batch_stride + row * layer->b_row_stride);
      arenite_multiply_mve_once_row_s8(layer, a_row, b_row, out);
      out += layer->columns * layer->output_stride;
    }
  }
}
