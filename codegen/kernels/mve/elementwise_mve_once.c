#include "elementwise_mve_once.h"

/* Outputs before they are clamped, of up to `count` channels from those of x and y on, of which some are next to a
 * tie. */
ARENITE_NOINLINE arenite_four outputs_at_ties(const arenite_add_once_layer *layer, const int8_t *x, const int8_t *y,
                                              int32_t count, arenite_four sums) {
  const int32_t mask = (1 << layer->shift) - 1;
  int32_t lanes[ARENITE_FOUR];
  arenite_four_store_some_sums(lanes, sums, ARENITE_FOUR);
  for (int32_t i = 0; i < ARENITE_FOUR && i < count; ++i) {
    const int near = (lanes[i] & mask) <= layer->window;
    lanes[i] = near ? arenite_exact_sum(layer, x[i], y[i]) : lanes[i] >> layer->shift;
  }
  return arenite_four_load_sums(lanes);
}

void arenite_add_mve_once_row_s8(const arenite_add_once_layer *layer, const int8_t *a, const int8_t *b, int8_t *out) {
  const arenite_output_range range = arenite_range_of(0, layer->activation_min, layer->activation_max);
  const int32_t a_gain = layer->a_gain;
  const int32_t b_gain = layer->b_gain;
  const int32_t offset = layer->offset;
  const int32_t shift = layer->shift;
  const int32_t window = layer->window;
  int8_t a_four[ARENITE_FOUR];
  int8_t b_four[ARENITE_FOUR];
  out += layer->output_start;
  for (int32_t column = 0; column < layer->columns; ++column) {
    arenite_operand x = arenite_operand_of(a, layer->a_channel_stride, a_four);
    arenite_operand y = arenite_operand_of(b, layer->b_channel_stride, b_four);
    int8_t *to = out;
    for (int32_t left = layer->channels; left > 0; left -= ARENITE_FOUR) {
      const int8_t *const first = x.in;
      const int8_t *const second = y.in;
      arenite_four sums = arenite_four_affine(arenite_operand_next(&x, left), a_gain, offset);
      sums = arenite_four_mac(sums, arenite_operand_next(&y, left), b_gain);
      arenite_four outputs = arenite_four_floor(sums, shift);
      if (arenite_four_any_below(sums, (1 << shift) - 1, window)) {
        outputs = outputs_at_ties(layer, first, second, left, sums);
      }
      arenite_four_store(outputs, &range, left, to);
      to += ARENITE_FOUR;
    }
    a += layer->a_column_stride;
    b += layer->b_column_stride;
    out += layer->output_stride;
  }
}

void arenite_add_mve_once_s8(const arenite_add_once_layer *layer, const int8_t *a, const int8_t *b, int8_t *out) {
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t row = 0; row < layer->rows; ++row) {
      const int8_t *a_row = a + (batch * layer->a_batch_stride + row * layer->a_row_stride);
      const int8_t *b_row = b + (batch * layer->b_batch_stride + row * layer->b_row_stride);
      arenite_add_mve_once_row_s8(layer, a_row, b_row, out);
      out += layer->columns * layer->output_stride;
    }
  }
}
