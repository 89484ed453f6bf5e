#include "elementwise.h"

/* value * multiplier / 2^32, to nearest, ties upwards. */
static inline int32_t rounded_product(int32_t value, int32_t multiplier) {
  const int64_t product = (int64_t)value * multiplier;
  return (int32_t)(product >> 32) + (int32_t)((uint32_t)product >> 31);
}

/* The same / 2^shift, to nearest, ties away from zero. `half` is 2^(shift - 1), plus 2^shift times what is to be added
 * to the result. Needs shift > 0, multiplier >= 0. */
static inline int32_t scale_twice(int32_t value, int32_t multiplier, int32_t shift, int32_t half) {
  return (rounded_product(value, multiplier) + half + (value >> 31)) >> shift;
}

static inline int32_t saturated(int32_t value) {
  return (uint32_t)(value + 128) > 255u ? (value >> 31) ^ 127 : value;
}

/* The sums of one column: x and y are what the layer calls so, with their strides along the channels. */
typedef void add_function(const arenite_add_layer *layer, const int8_t *x, int32_t x_stride, const int8_t *y,
                          int32_t y_stride, int8_t *out);

/* The common case: strides are 1, and few enough values to stay in the registers of a Cortex-M. */
static void add_plain(const arenite_add_layer *layer, const int8_t *x, int32_t x_stride, const int8_t *y,
                      int32_t y_stride, int8_t *out) {
  (void)x_stride;
  (void)y_stride;
  const int32_t exact_offset = layer->exact_offset;
  const int32_t scaled_offset = layer->scaled_offset;
  const int32_t scaled_multiplier = layer->scaled_multiplier;
  const int32_t scaled_shift = layer->scaled_shift;
  const int32_t scaled_half = 1 << (scaled_shift - 1);
  const int32_t output_multiplier = layer->output_multiplier;
  const int32_t output_shift = layer->output_shift;
  const int32_t output_half = (1 << (output_shift - 1)) + layer->output_zero_point * (1 << output_shift);
  const int8_t *end = out + layer->channels;
  while (out != end) {
    const int32_t shifted = *y++ * (1 << 21) + scaled_offset;
    const int32_t scaled = scale_twice(shifted, scaled_multiplier, scaled_shift, scaled_half);
    const int32_t sum = *x++ * (1 << 20) + exact_offset + scaled * 2;
    *out++ = (int8_t)saturated(scale_twice(sum, output_multiplier, output_shift, output_half));
  }
}

static void add_general(const arenite_add_layer *layer, const int8_t *x, int32_t x_stride, const int8_t *y,
                        int32_t y_stride, int8_t *out) {
  /* A copy: for all the compiler knows, the output is written over the layer. */
  const arenite_add_layer l = *layer;
  const int32_t scaled_half = 1 << (l.scaled_shift - 1);
  const int32_t output_half = l.output_shift > 0 ? 1 << (l.output_shift - 1) : 0;
  /* The sign moves ties away from zero; without a shift there are none. */
  const int32_t output_sign = l.output_shift > 0 ? -1 : 0;
  const int8_t *end = out + l.channels;
  while (out != end) {
    const int32_t shifted = *y * (1 << 21) + l.scaled_offset;
    const int32_t scaled = scale_twice(shifted, l.scaled_multiplier, l.scaled_shift, scaled_half);
    const int32_t sum = *x * l.exact_gain + l.exact_offset + scaled * l.scaled_gain;
    const int32_t product = rounded_product(sum, l.output_multiplier);
    const int32_t result = (product + output_half + ((sum >> 31) & output_sign)) >> l.output_shift;
    *out++ = (int8_t)arenite_clamp(result + l.output_zero_point, l.activation_min, l.activation_max);
    x += x_stride;
    y += y_stride;
  }
}

static int32_t is_plain(const arenite_add_layer *layer) {
  /* With a larger shift, zero point * 2^shift would leave the range of int32; without one there is nothing to round. */
  return layer->a_channel_stride == 1 && layer->b_channel_stride == 1 && layer->exact_gain > 0 &&
         layer->scaled_gain > 0 && layer->output_shift > 0 && layer->output_shift <= 23 &&
         layer->activation_min == -128 && layer->activation_max == 127;
}

void arenite_add_row_s8(const arenite_add_layer *layer, const int8_t *a, const int8_t *b, int8_t *out) {
  /* Called through a pointer, each loop gets all the registers. */
  add_function *const add = is_plain(layer) ? add_plain : add_general;
  out += layer->output_start;
  for (int32_t column = 0; column < layer->columns; ++column) {
    if (layer->swapped) {
      add(layer, b, layer->b_channel_stride, a, layer->a_channel_stride, out);
    } else {
      add(layer, a, layer->a_channel_stride, b, layer->b_channel_stride, out);
    }
    a += layer->a_column_stride;
    b += layer->b_column_stride;
    out += layer->output_stride;
  }
}

void arenite_add_s8(const arenite_add_layer *layer, const int8_t *a, const int8_t *b, int8_t *out) {
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t row = 0; row < layer->rows; ++row) {
      const int8_t *a_row = a + (batch * layer->a_batch_stride + row * layer->a_row_stride);
      const int8_t *b_row = b + (batch * layer->b_batch_stride + row * layer->b_row_stride);
      arenite_add_row_s8(layer, a_row, b_row, out);
      out += layer->columns * layer->output_stride;
    }
  }
}

void arenite_multiply_row_s8(const arenite_multiply_layer *layer, const int8_t *a, const int8_t *b, int8_t *out) {
  const arenite_multiply_layer l = *layer;
  const int32_t half = l.shift > 0 ? 1 << (l.shift - 1) : 0;
  /* The sign moves ties away from zero; without a shift there are none. */
  const int32_t sign = l.shift > 0 ? -1 : 0;
  out += l.output_start;
  for (int32_t column = 0; column < l.columns; ++column) {
    const int8_t *p = a;
    const int8_t *q = b;
    const int8_t *end = out + l.channels;
    while (out != end) {
      const int32_t value = (*p * l.gain + l.a_offset) * (*q + l.b_offset);
      const int32_t result = (rounded_product(value, l.multiplier) + half + ((value >> 31) & sign)) >> l.shift;
      *out++ = (int8_t)arenite_clamp(result + l.output_zero_point, l.activation_min, l.activation_max);
      p += l.a_channel_stride;
      q += l.b_channel_stride;
    }
    a += l.a_column_stride;
    b += l.b_column_stride;
    out += l.output_stride - l.channels;
  }
}

void arenite_multiply_s8(const arenite_multiply_layer *layer, const int8_t *a, const int8_t *b, int8_t *out) {
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t row = 0; row < layer->rows; ++row) {
      const int8_t *a_row = a + (batch * layer->a_batch_stride + row * layer->a_row_stride);
      const int8_t *b_row = b + (batch * layer->b_batch_stride + row * layer->b_row_stride);
      arenite_multiply_row_s8(layer, a_row, b_row, out);
      out += layer->columns * layer->output_stride;
    }
  }
}
