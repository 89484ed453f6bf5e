#include "elementwise_once.h"
#include "float_rounding.h"

#if defined(__GNUC__)
#define ONE_COPY __attribute__((noinline))
#else
#define ONE_COPY
#endif

static inline int64_t joined(int32_t high, int32_t low) {
  return (int64_t)((uint64_t)(uint32_t)high << 32 | (uint32_t)low);
}

ONE_COPY int32_t arenite_exact_sum(const arenite_add_once_layer *layer, int32_t a, int32_t b) {
  const int64_t exact_a = joined(layer->exact_a_high, layer->exact_a_low);
  const int64_t exact_b = joined(layer->exact_b_high, layer->exact_b_low);
  const int64_t offset = joined(layer->exact_offset_high, layer->exact_offset_low);
  const int64_t term_a = (a + layer->a_stored) * exact_a;
  const int64_t term_b = (b + layer->b_stored) * exact_b;
  const int64_t first = arenite_float_of(offset + (layer->swapped ? term_a : term_b));
  const int64_t second = layer->swapped ? term_b : term_a;
  if (layer->divisor == 0) {
    return arenite_round_to_even(arenite_float_of(first + second), layer->exact_shift) + layer->output_offset;
  }
  int32_t exponent = layer->exact_shift;
  const int64_t sum = arenite_float_of(first + arenite_float_of(second));
  const int64_t quotient = arenite_float_quotient(sum, &exponent, layer->divisor);
  return arenite_round_to_even(quotient, exponent) + layer->output_offset;
}

void arenite_add_once_row_s8(const arenite_add_once_layer *layer, const int8_t *a, const int8_t *b, int8_t *out) {
  const int32_t a_gain = layer->a_gain;
  const int32_t b_gain = layer->b_gain;
  const int32_t offset = layer->offset;
  const int32_t shift = layer->shift;
  const int32_t window = layer->window;
  const int32_t mask = (1 << shift) - 1;
  out += layer->output_start;
  for (int32_t column = 0; column < layer->columns; ++column) {
    const int8_t *p = a;
    const int8_t *q = b;
    const int8_t *end = out + layer->channels;
    while (out != end) {
      const int32_t sum = *p * a_gain + *q * b_gain + offset;
      const int32_t result = (sum & mask) > window ? sum >> shift : arenite_exact_sum(layer, *p, *q);
      *out++ = (int8_t)arenite_clamp(result, layer->activation_min, layer->activation_max);
      p += layer->a_channel_stride;
      q += layer->b_channel_stride;
    }
    a += layer->a_column_stride;
    b += layer->b_column_stride;
    out += layer->output_stride - layer->channels;
  }
}

void arenite_add_once_s8(const arenite_add_once_layer *layer, const int8_t *a, const int8_t *b, int8_t *out) {
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t row = 0; row < layer->rows; ++row) {
      const int8_t *a_row = a + (batch * layer->a_batch_stride + row * layer->a_row_stride);
      const int8_t *b_row = b + (batch * layer->b_batch_stride + row * layer->b_row_stride);
      arenite_add_once_row_s8(layer, a_row, b_row, out);
      out += layer->columns * layer->output_stride;
    }
  }
}

void arenite_multiply_once_row_s8(const arenite_multiply_once_layer *layer, const int8_t *a, const int8_t *b,
                                  int8_t *out) {
  out += layer->output_start;
  for (int32_t column = 0; column < layer->columns; ++column) {
    const int8_t *p = a;
    const int8_t *q = b;
    const int8_t *end = out + layer->channels;
    while (out != end) {
      const int32_t product = (*p + layer->a_offset) * (*q + layer->b_offset);
      const int32_t scaled = arenite_scale_as_float(product, layer->multiplier, layer->code, layer->float_offset);
      *out++ = arenite_store(scaled, layer->output_zero_point, layer->activation_min, layer->activation_max);
      p += layer->a_channel_stride;
      q += layer->b_channel_stride;
    }
    a += layer->a_column_stride;
    b += layer->b_column_stride;
    out += layer->output_stride - layer->channels;
  }
}

void arenite_multiply_once_s8(const arenite_multiply_once_layer *layer, const int8_t *a, const int8_t *b, int8_t *out) {
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t row = 0; row < layer->rows; ++row) {
      const int8_t *a_row = a + (batch * layer->a_batch_stride + row * layer->a_row_stride);
      const int8_t *b_row = b + (batch * layer->b_batch_stride + row * layer->b_row_stride);
      arenite_multiply_once_row_s8(layer, a_row, b_row, out);
      out += layer->columns * layer->output_stride;
    }
  }
}
