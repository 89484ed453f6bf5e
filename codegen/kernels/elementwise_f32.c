#include "elementwise_f32.h"

typedef void row_of_two(const arenite_elementwise_f32_layer *layer, const float *a, const float *b, float *out);

/* The first and the second operand at one row. */
typedef struct {
  const float *x;
  const float *y;
  int32_t x_column;
  int32_t y_column;
  int32_t x_channel;
  int32_t y_channel;
} operands;

static operands operands_of(const arenite_elementwise_f32_layer *layer, const float *a, const float *b) {
  const operands in_order = {a, b, layer->a_column_stride, layer->b_column_stride, layer->a_channel_stride,
                             layer->b_channel_stride};
  const operands swapped = {b, a, layer->b_column_stride, layer->a_column_stride, layer->b_channel_stride,
                            layer->a_channel_stride};
  return layer->swapped ? swapped : in_order;
}

static void for_each_row(row_of_two *function, const arenite_elementwise_f32_layer *layer, const float *a,
                         const float *b, float *out) {
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t row = 0; row < layer->rows; ++row) {
      const float *a_row = a + (batch * layer->a_batch_stride + row * layer->a_row_stride);
      const float *b_row = b + (batch * layer->b_batch_stride + row * layer->b_row_stride);
      function(layer, a_row, b_row, out);
      out += layer->columns * layer->output_stride;
    }
  }
}

/* With the sign of y. */
static inline float floor_remainder(float x, float y) {
  const float remainder = fmodf(x, y);
  return remainder != 0.0f && (remainder < 0.0f) != (y < 0.0f) ? remainder + y : remainder;
}

/* The function of a row and of all rows that give `result`, an expression of x and y. */
#define ARENITE_BINARY(name, result)                                                                            \
  void arenite_##name##_row_f32(const arenite_elementwise_f32_layer *layer, const float *a, const float *b,     \
                                float *out) {                                                                   \
    operands from = operands_of(layer, a, b);                                                                   \
    out += layer->output_start;                                                                                 \
    float *o = out;                                                                                             \
    for (int32_t column = 0; column < layer->columns; ++column) {                                               \
      const float *p = from.x;                                                                                  \
      const float *q = from.y;                                                                                  \
      for (int32_t i = layer->channels; i > 0; --i) {                                                           \
        const float x = *p;                                                                                     \
        const float y = *q;                                                                                     \
        *o++ = (result);                                                                                        \
        p += from.x_channel;                                                                                    \
        q += from.y_channel;                                                                                    \
      }                                                                                                         \
      from.x += from.x_column;                                                                                  \
      from.y += from.y_column;                                                                                  \
      o += layer->output_stride - layer->channels;                                                              \
    }                                                                                                           \
    arenite_clamp_pixels(out, layer->columns, layer->channels, layer->output_stride, layer->activation_low,     \
                         layer->activation_high);                                                               \
  }                                                                                                             \
                                                                                                                \
  void arenite_##name##_f32(const arenite_elementwise_f32_layer *layer, const float *a, const float *b,         \
                            float *out) {                                                                       \
    for_each_row(arenite_##name##_row_f32, layer, a, b, out);                                                   \
  }

ARENITE_BINARY(add, x + y)
ARENITE_BINARY(subtract, x - y)
ARENITE_BINARY(multiply, x * y)
ARENITE_BINARY(divide, x / y)
ARENITE_BINARY(minimum, x < y ? x : y)
ARENITE_BINARY(maximum, x > y ? x : y)
ARENITE_BINARY(power, powf(x, y))
ARENITE_BINARY(prelu, x < 0.0f ? x * y : x)
ARENITE_BINARY(floor_divide, floorf(x / y))
ARENITE_BINARY(floor_modulo, floor_remainder(x, y))
ARENITE_BINARY(squared_difference, (x - y) * (x - y))

#undef ARENITE_BINARY
