#include "elementwise_mve.h"

/* The layer's numbers, so that all terms are halves of what it has: the multiplication brings the 2 back. */
typedef struct {
  int32_t exact_gain;
  int32_t exact_offset;
  int32_t scaled_offset;
  int32_t scaled_multiplier;
  int32_t scaled_shift;
  int32_t scaled_gain;
  int32_t output_multiplier;
  int32_t output_shift;
  int32_t output_below;
} sum;

static inline arenite_four sum_of(const sum *s, arenite_four x, arenite_four y) {
  const arenite_four shifted = arenite_four_affine(y, 1 << 20, s->scaled_offset);
  const arenite_four scaled = arenite_four_scaled(shifted, s->scaled_multiplier, s->scaled_shift, 1);
  const arenite_four exact = arenite_four_affine(x, s->exact_gain, s->exact_offset);
  const arenite_four both = arenite_four_mac(exact, scaled, s->scaled_gain);
  return arenite_four_scaled(both, s->output_multiplier, s->output_shift, s->output_below);
}

/* x and y are what the layer calls so. */
static void add_pixel(const sum *values, const arenite_output_range *outputs, arenite_operand x, arenite_operand y,
                      int32_t channels, int8_t *out) {
  const arenite_output_range range = *outputs;
  const sum s = *values;
  for (; channels >= ARENITE_FOUR; channels -= ARENITE_FOUR) {
    const arenite_four sums = sum_of(&s, arenite_four_load(x.in), arenite_four_load(y.in));
    arenite_four_store(sums, &range, ARENITE_FOUR, out);
    x.in += x.step;
    y.in += y.step;
    out += ARENITE_FOUR;
  }
  if (channels > 0) {
    const arenite_four last_x = arenite_four_load_some(x.in, channels);
    const arenite_four last_y = arenite_four_load_some(y.in, channels);
    arenite_four_store(sum_of(&s, last_x, last_y), &range, channels, out);
  }
}

void arenite_add_mve_row_s8(const arenite_add_mve_layer *layer, const int8_t *a, const int8_t *b, int8_t *out) {
  const arenite_output_range range =
      arenite_range_of(layer->output_zero_point, layer->activation_min, layer->activation_max);
  const sum s = {layer->exact_gain / 2,   layer->exact_offset / 2, layer->scaled_offset / 2,
                 layer->scaled_multiplier, layer->scaled_shift,     layer->scaled_gain / 2,
                 layer->output_multiplier, layer->output_shift,     layer->output_shift > 0};
  int8_t a_four[ARENITE_FOUR];
  int8_t b_four[ARENITE_FOUR];
  out += layer->output_start;
  for (int32_t column = 0; column < layer->columns; ++column) {
    const arenite_operand a_channels = arenite_operand_of(a, layer->a_channel_stride, a_four);
    const arenite_operand b_channels = arenite_operand_of(b, layer->b_channel_stride, b_four);
    add_pixel(&s, &range, layer->swapped ? b_channels : a_channels, layer->swapped ? a_channels : b_channels,
              layer->channels, out);
    a += layer->a_column_stride;
    b += layer->b_column_stride;
    out += layer->output_stride;
  }
}

void arenite_add_mve_s8(const arenite_add_mve_layer *layer, const int8_t *a, const int8_t *b, int8_t *out) {
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t row = 0; row < layer->rows; ++row) {
      const int8_t *a_row = a + (batch * layer->a_batch_stride + row * layer->a_row_stride);
      const int8_t *b_row = b + (batch * layer->b_batch_stride + row * layer->b_row_stride);
      arenite_add_mve_row_s8(layer, a_row, b_row, out);
      out += layer->columns * layer->output_stride;
    }
  }
}

static inline arenite_four product_of(const arenite_multiply_mve_layer *l, arenite_four a, arenite_four b) {
  const arenite_four first = arenite_four_affine(a, l->gain / 2, l->a_offset / 2);
  const arenite_four product = arenite_four_multiply(first, arenite_four_affine(b, 1, l->b_offset));
  return arenite_four_scaled(product, l->multiplier, l->shift, l->shift > 0);
}

static void multiply_pixel(const arenite_multiply_mve_layer *layer, arenite_operand a, arenite_operand b, int8_t *out) {
  const arenite_multiply_mve_layer l = *layer;
  const arenite_output_range range = arenite_range_of(l.output_zero_point, l.activation_min, l.activation_max);
  int32_t channels = l.channels;
  for (; channels >= ARENITE_FOUR; channels -= ARENITE_FOUR) {
    const arenite_four products = product_of(&l, arenite_four_load(a.in), arenite_four_load(b.in));
    arenite_four_store(products, &range, ARENITE_FOUR, out);
    a.in += a.step;
    b.in += b.step;
    out += ARENITE_FOUR;
  }
  if (channels > 0) {
    const arenite_four last_a = arenite_four_load_some(a.in, channels);
    const arenite_four last_b = arenite_four_load_some(b.in, channels);
    arenite_four_store(product_of(&l, last_a, last_b), &range, channels, out);
  }
}

void arenite_multiply_mve_row_s8(const arenite_multiply_mve_layer *layer, const int8_t *a, const int8_t *b,
                                 int8_t *out) {
  int8_t a_four[ARENITE_FOUR];
  int8_t b_four[ARENITE_FOUR];
  out += layer->output_start;
  for (int32_t column = 0; column < layer->columns; ++column) {
    multiply_pixel(layer, arenite_operand_of(a, layer->a_channel_stride, a_four),
                   arenite_operand_of(b, layer->b_channel_stride, b_four), out);
    a += layer->a_column_stride;
    b += layer->b_column_stride;
    out += layer->output_stride;
  }
}

void arenite_multiply_mve_s8(const arenite_multiply_mve_layer *layer, const int8_t *a, const int8_t *b, int8_t *out) {
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t row = 0; row < layer->rows; ++row) {
      const int8_t *a_row = a + (batch * layer->a_batch_stride + row * layer->a_row_stride);
      const int8_t *b_row = b + (batch * layer->b_batch_stride + row * layer->b_row_stride);
      arenite_multiply_mve_row_s8(layer, a_row, b_row, out);
      out += layer->columns * layer->output_stride;
    }
  }
}
