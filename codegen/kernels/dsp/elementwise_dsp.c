#include "elementwise_dsp.h"

/* What every sum needs: two scalings, of one operand and of the sum, each with what it adds and its shift. */
typedef struct {
  int32_t exact_offset;
  int32_t scaled_offset;
  int32_t scaled_multiplier;
  int32_t scaled_half;
  int32_t scaled_shift;
  int32_t output_multiplier;
  int32_t output_half;
  int32_t output_shift;
} scalings;

/* (value * multiplier / 2^32 + half) / 2^shift, the product to nearest, the quotient rounded down, from just below
 * where the value is negative. */
ARENITE_INLINE int32_t scaled(int32_t value, int32_t multiplier, int32_t half, int32_t shift) {
  return (arenite_rounded_high_mac(half, value, multiplier) + (value >> 31)) >> shift;
}

ARENITE_INLINE int8_t sum_of(const scalings *s, int32_t x, int32_t y) {
  const int32_t shifted = y * (1 << 21) + s->scaled_offset;
  const int32_t other = scaled(shifted, s->scaled_multiplier, s->scaled_half, s->scaled_shift);
  const int32_t sum = x * (1 << 20) + s->exact_offset + other * 2;
  return arenite_saturated_half(scaled(sum, s->output_multiplier, s->output_half, s->output_shift));
}

ARENITE_NOINLINE void sums_of(const arenite_add_dsp_layer *layer, const int8_t *x, const int8_t *y, int8_t *out,
                              int32_t count) {
  const scalings s = {layer->exact_offset,
                      layer->scaled_offset,
                      layer->scaled_multiplier,
                      1 << (layer->scaled_shift - 1),
                      layer->scaled_shift,
                      layer->output_multiplier,
                      layer->rounding * (1 << layer->output_shift),
                      layer->output_shift};
  const int8_t *end = out + count;
  while (out != end) {
    *out++ = sum_of(&s, *x++, *y++);
  }
}

void arenite_add_dsp_row_s8(const arenite_add_dsp_layer *layer, const int8_t *a, const int8_t *b, int8_t *out) {
  const int32_t stride = layer->output_stride;
  int32_t columns = layer->columns;
  int32_t channels = layer->channels;
  if (layer->a_column_stride == channels && layer->b_column_stride == channels && stride == channels) {
    channels *= columns;
    columns = 1;
  }
  out += layer->output_start;
  for (int32_t column = 0; column < columns; ++column) {
    sums_of(layer, layer->swapped ? b : a, layer->swapped ? a : b, out + column * stride, channels);
    a += layer->a_column_stride;
    b += layer->b_column_stride;
  }
  arenite_clamp_all(out, columns, channels, stride, layer->activation_min, layer->activation_max);
}

void arenite_add_dsp_s8(const arenite_add_dsp_layer *layer, const int8_t *a, const int8_t *b, int8_t *out) {
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t row = 0; row < layer->rows; ++row) {
      const int8_t *a_row = a + (batch * layer->a_batch_stride + row * layer->a_row_stride);
      const int8_t *b_row = b + (batch * layer->b_batch_stride + row * layer->b_row_stride);
      arenite_add_dsp_row_s8(layer, a_row, b_row, out);
      out += layer->columns * layer->output_stride;
    }
  }
}
