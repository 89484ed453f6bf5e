#include "elementwise_s16.h"

/* value * multiplier * 2^(shift - 31), rounded twice; shift is not positive. */
static inline int32_t scaled(int32_t value, int32_t multiplier, int32_t shift) {
  return arenite_rounding_shift(arenite_doubling_high_mul(value, multiplier), -shift);
}

void arenite_add_row_s16(const arenite_add_s16_layer *layer, const int16_t *a, const int16_t *b, int16_t *out) {
  /* A copy: for all the compiler knows, the output is written over the layer. */
  const arenite_add_s16_layer l = *layer;
  out += l.output_start;
  for (int32_t column = 0; column < l.columns; ++column) {
    const int16_t *p = a;
    const int16_t *q = b;
    const int16_t *end = out + l.channels;
    while (out != end) {
      const int32_t x = scaled(*p * (1 << 15), l.a_multiplier, l.a_shift);
      const int32_t y = scaled(*q * (1 << 15), l.b_multiplier, l.b_shift);
      const int32_t sum = scaled(l.a_sign * x + l.b_sign * y, l.output_multiplier, l.output_shift);
      *out++ = (int16_t)arenite_clamp(sum, l.activation_min, l.activation_max);
      p += l.a_channel_stride;
      q += l.b_channel_stride;
    }
    a += l.a_column_stride;
    b += l.b_column_stride;
    out += l.output_stride - l.channels;
  }
}

void arenite_add_s16(const arenite_add_s16_layer *layer, const int16_t *a, const int16_t *b, int16_t *out) {
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t row = 0; row < layer->rows; ++row) {
      const int16_t *a_row = a + (batch * layer->a_batch_stride + row * layer->a_row_stride);
      const int16_t *b_row = b + (batch * layer->b_batch_stride + row * layer->b_row_stride);
      arenite_add_row_s16(layer, a_row, b_row, out);
      out += layer->columns * layer->output_stride;
    }
  }
}

void arenite_add_shifted_row_s16(const arenite_add_shifted_s16_layer *layer, const int16_t *a, const int16_t *b,
                                 int16_t *out) {
  /* A copy: for all the compiler knows, the output is written over the layer. */
  const arenite_add_shifted_s16_layer l = *layer;
  out += l.output_start;
  for (int32_t column = 0; column < l.columns; ++column) {
    const int16_t *p = a;
    const int16_t *q = b;
    const int16_t *end = out + l.channels;
    while (out != end) {
      const int32_t sum =
          l.a_sign * arenite_rounding_shift(*p, l.a_shift) + l.b_sign * arenite_rounding_shift(*q, l.b_shift);
      *out++ = (int16_t)arenite_clamp(sum, l.activation_min, l.activation_max);
      p += l.a_channel_stride;
      q += l.b_channel_stride;
    }
    a += l.a_column_stride;
    b += l.b_column_stride;
    out += l.output_stride - l.channels;
  }
}

void arenite_add_shifted_s16(const arenite_add_shifted_s16_layer *layer, const int16_t *a, const int16_t *b,
                             int16_t *out) {
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t row = 0; row < layer->rows; ++row) {
      const int16_t *a_row = a + (batch * layer->a_batch_stride + row * layer->a_row_stride);
      const int16_t *b_row = b + (batch * layer->b_batch_stride + row * layer->b_row_stride);
      arenite_add_shifted_row_s16(layer, a_row, b_row, out);
      out += layer->columns * layer->output_stride;
    }
  }
}

void arenite_multiply_row_s16(const arenite_multiply_s16_layer *layer, const int16_t *a, const int16_t *b,
                              int16_t *out) {
  /* A copy: for all the compiler knows, the output is written over the layer. */
  const arenite_multiply_s16_layer l = *layer;
  out += l.output_start;
  for (int32_t column = 0; column < l.columns; ++column) {
    const int16_t *p = a;
    const int16_t *q = b;
    const int16_t *end = out + l.channels;
    while (out != end) {
      const int32_t product = arenite_requantise_twice(*p * *q, l.multiplier, l.shift);
      *out++ = (int16_t)arenite_clamp(product, l.activation_min, l.activation_max);
      p += l.a_channel_stride;
      q += l.b_channel_stride;
    }
    a += l.a_column_stride;
    b += l.b_column_stride;
    out += l.output_stride - l.channels;
  }
}

void arenite_multiply_s16(const arenite_multiply_s16_layer *layer, const int16_t *a, const int16_t *b, int16_t *out) {
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t row = 0; row < layer->rows; ++row) {
      const int16_t *a_row = a + (batch * layer->a_batch_stride + row * layer->a_row_stride);
      const int16_t *b_row = b + (batch * layer->b_batch_stride + row * layer->b_row_stride);
      arenite_multiply_row_s16(layer, a_row, b_row, out);
      out += layer->columns * layer->output_stride;
    }
  }
}
