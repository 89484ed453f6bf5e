#include "multiply_dsp_once.h"
#include "arenite_words_bytes_dsp.h"
#include "float_rounding.h"

/* Products are multiplied by 2^left, and by the multiplier. */
typedef struct {
  const arenite_multiply_once_layer *layer;
  int32_t left;
  int32_t multiplier;
  int32_t rounding;
  int32_t exponent;
} scaling;

ARENITE_NOINLINE uint32_t near_tie(const scaling *s, int32_t product) {
  const arenite_multiply_once_layer *layer = s->layer;
  const int32_t scaled = arenite_scale_as_float(product, layer->multiplier, layer->code, layer->float_offset);
  return (uint32_t)arenite_clamp(scaled + layer->output_zero_point + 128, 0, 255);
}

/* The output plus 128. */
ARENITE_INLINE uint32_t scaled(const scaling *s, int32_t product) {
  const int32_t high = arenite_rounded_high_mac(s->rounding, product * (1 << s->left), s->multiplier);
  if ((uint32_t)high << (31 - s->exponent) == 0) {
    return near_tie(s, product);
  }
  return arenite_unsigned_half(high >> s->exponent);
}

ARENITE_NOINLINE void products_of(const scaling *scale, const int8_t *a, const int8_t *b, int8_t *out, int32_t count) {
  const scaling s = *scale;
  const arenite_halves a_offset = arenite_halves_of(s.layer->a_offset, s.layer->a_offset);
  const arenite_halves b_offset = arenite_halves_of(s.layer->b_offset, s.layer->b_offset);
  const int8_t *const end = out + count;
  const int8_t *const end_of_fours = out + (count & ~3);
  while (out != end_of_fours) {
    const uint32_t x = arenite_load_four(a);
    const uint32_t y = arenite_load_four(b);
    const arenite_halves x_even = arenite_plus_even_bytes(a_offset, x);
    const arenite_halves x_odd = arenite_plus_odd_bytes(a_offset, x);
    const arenite_halves y_even = arenite_plus_even_bytes(b_offset, y);
    const arenite_halves y_odd = arenite_plus_odd_bytes(b_offset, y);
    arenite_store_four(out, arenite_bytes_less_128(scaled(&s, arenite_product_low(x_even, y_even)),
                                                   scaled(&s, arenite_product_low(x_odd, y_odd)),
                                                   scaled(&s, arenite_product_high(x_even, y_even)),
                                                   scaled(&s, arenite_product_high(x_odd, y_odd))));
    a += 4;
    b += 4;
    out += 4;
  }
  while (out != end) {
    const int32_t product = (*a++ + arenite_half_low(a_offset)) * (*b++ + arenite_half_low(b_offset));
    *out++ = (int8_t)((int32_t)scaled(&s, product) - 128);
  }
}

void arenite_multiply_dsp_once_row_s8(const arenite_multiply_once_layer *layer, const int8_t *a, const int8_t *b,
                                      int8_t *out) {
  const int32_t exponent = layer->code & 63;
  const scaling s = {layer, ~(layer->code >> 6), layer->multiplier,
                     (2 * (layer->output_zero_point + 128) + 1) * (1 << exponent), exponent};
  const int32_t stride = layer->output_stride;
  int32_t columns = layer->columns;
  int32_t channels = layer->channels;
  if (layer->a_column_stride == channels && layer->b_column_stride == channels && stride == channels) {
    channels *= columns;
    columns = 1;
  }
  out += layer->output_start;
  for (int32_t column = 0; column < columns; ++column) {
    products_of(&s, a, b, out + column * stride, channels);
    a += layer->a_column_stride;
    b += layer->b_column_stride;
  }
  arenite_clamp_all(out, columns, channels, stride, layer->activation_min, layer->activation_max);
}

void arenite_multiply_dsp_once_s8(const arenite_multiply_once_layer *layer, const int8_t *a, const int8_t *b,
                                  int8_t *out) {
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t row = 0; row < layer->rows; ++row) {
      const int8_t *a_row = a + (batch * layer->a_batch_stride + row * layer->a_row_stride);
      const int8_t *b_row = b + (batch * layer->b_batch_stride + row * layer->b_row_stride);
      arenite_multiply_dsp_once_row_s8(layer, a_row, b_row, out);
      out += layer->columns * layer->output_stride;
    }
  }
}
