/* What functions of two tensors that broadcast against each other have in common. */
#ifndef ARENITE_BROADCAST_H
#define ARENITE_BROADCAST_H

#include "arenite_words.h"

/* The output is [batches, rows, columns, channels]; strides are in elements, 0 along a broadcast axis. The first
 * operand is a, or, if swapped, b. */
typedef struct {
  int32_t batches;
  int32_t rows;
  int32_t columns;
  int32_t channels;
  int32_t a_batch_stride;
  int32_t a_row_stride;
  int32_t a_column_stride;
  int32_t a_channel_stride;
  int32_t b_batch_stride;
  int32_t b_row_stride;
  int32_t b_column_stride;
  int32_t b_channel_stride;
  int32_t swapped;
} arenite_broadcast_layer;

/* The functions of a row and of all rows that give `result`, an expression of the first operand x, the second one y, and
 * the layer l. */
#define ARENITE_PAIRS(name, suffix, layer_type, in_type, out_type, result)                                       \
  void arenite_##name##_row_##suffix(const layer_type *layer, const in_type *a, const in_type *b, out_type *out) { \
    const layer_type l = *layer;                                                                                 \
    for (int32_t column = 0; column < l.columns; ++column) {                                                     \
      const in_type *p = a;                                                                                      \
      const in_type *q = b;                                                                                      \
      for (int32_t i = l.channels; i > 0; --i) {                                                                 \
        const in_type x = l.swapped ? *q : *p;                                                                   \
        const in_type y = l.swapped ? *p : *q;                                                                   \
        *out++ = (out_type)(result);                                                                             \
        p += l.a_channel_stride;                                                                                 \
        q += l.b_channel_stride;                                                                                 \
      }                                                                                                          \
      a += l.a_column_stride;                                                                                    \
      b += l.b_column_stride;                                                                                    \
    }                                                                                                            \
  }                                                                                                              \
                                                                                                                 \
  void arenite_##name##_##suffix(const layer_type *layer, const in_type *a, const in_type *b, out_type *out) {   \
    for (int32_t batch = 0; batch < layer->batches; ++batch) {                                                   \
      for (int32_t row = 0; row < layer->rows; ++row) {                                                          \
        const in_type *a_row = a + (batch * layer->a_batch_stride + row * layer->a_row_stride);                  \
        const in_type *b_row = b + (batch * layer->b_batch_stride + row * layer->b_row_stride);                  \
        arenite_##name##_row_##suffix(layer, a_row, b_row, out);                                                 \
        out += layer->columns * layer->channels;                                                                 \
      }                                                                                                          \
    }                                                                                                            \
  }

#endif
