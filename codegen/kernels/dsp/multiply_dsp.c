#include "multiply_dsp.h"
#include "arenite_words_bytes_dsp.h"

typedef struct {
  int32_t multiplier;
  int32_t half;
  int32_t shift;
} scaling;

/* The output plus 128, of twice a product. */
ARENITE_INLINE uint32_t scaled(const scaling *s, int32_t value) {
  return arenite_unsigned_half((arenite_rounded_high_mac(s->half, value, s->multiplier) + (value >> 31)) >> s->shift);
}

ARENITE_NOINLINE void products_of(const arenite_multiply_dsp_layer *layer, const int8_t *a, const int8_t *b,
                                  int8_t *out, int32_t count) {
  const scaling s = {layer->multiplier, layer->rounding * (1 << layer->shift), layer->shift};
  const arenite_halves a_offset = arenite_halves_of(layer->a_offset, layer->a_offset);
  const arenite_halves b_offset = arenite_halves_of(layer->b_offset, layer->b_offset);
  const int8_t *const end = out + count;
  const int8_t *const end_of_fours = out + (count & ~3);
  while (out != end_of_fours) {
    const uint32_t x = arenite_load_four(a);
    const uint32_t y = arenite_load_four(b);
    const arenite_halves x_even = arenite_plus_even_bytes(a_offset, x);
    const arenite_halves x_odd = arenite_plus_odd_bytes(a_offset, x);
    const arenite_halves y_even = arenite_plus_even_bytes(b_offset, y);
    const arenite_halves y_odd = arenite_plus_odd_bytes(b_offset, y);
    const arenite_halves even = arenite_halves_plus(x_even, x_even);
    const arenite_halves odd = arenite_halves_plus(x_odd, x_odd);
    arenite_store_four(out, arenite_bytes_less_128(scaled(&s, arenite_product_low(even, y_even)),
                                                   scaled(&s, arenite_product_low(odd, y_odd)),
                                                   scaled(&s, arenite_product_high(even, y_even)),
                                                   scaled(&s, arenite_product_high(odd, y_odd))));
    a += 4;
    b += 4;
    out += 4;
  }
  while (out != end) {
    const int32_t value = 2 * (*a++ + arenite_half_low(a_offset)) * (*b++ + arenite_half_low(b_offset));
    *out++ = (int8_t)((int32_t)scaled(&s, value) - 128);
  }
}

void arenite_multiply_dsp_row_s8(const arenite_multiply_dsp_layer *layer, const int8_t *a, const int8_t *b,
                                 int8_t *out) {
  const int32_t stride = layer->output_stride;
  int32_t columns = layer->columns;
  int32_t channels = layer->channels;
  if (layer->a_column_stride == channels && layer->b_column_stride == channels && stride == channels) {
    channels *= columns;
    columns = 1;
  }
  out += layer->output_start;
  for (int32_t column = 0; column < columns; ++column) {
    products_of(layer, a, b, out + column * stride, channels);
    a += layer->a_column_stride;
    b += layer->b_column_stride;
  }
  arenite_clamp_all(out, columns, channels, stride, layer->activation_min, layer->activation_max);
}

void arenite_multiply_dsp_s8(const arenite_multiply_dsp_layer *layer, const int8_t *a, const int8_t *b, int8_t *out) {
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t row = 0; row < layer->rows; ++row) {
      const int8_t *a_row = a + (batch * layer->a_batch_stride + row * layer->a_row_stride);
      const int8_t *b_row = b + (batch * layer->b_batch_stride + row * layer->b_row_stride);
      arenite_multiply_dsp_row_s8(layer, a_row, b_row, out);
      out += layer->columns * layer->output_stride;
    }
  }
}
