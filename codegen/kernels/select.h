/* Elements of one tensor where a condition is not 0, and of another elsewhere. */
#ifndef ARENITE_SELECT_H
#define ARENITE_SELECT_H

#include "arenite_words.h"

/* The output is [batches, rows, columns, channels], of elements of `bytes` bytes; strides are in elements, 0 along a
 * broadcast axis. Where a is not 0 stands b, or, if `swapped`, c. */
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
  int32_t c_batch_stride;
  int32_t c_row_stride;
  int32_t c_column_stride;
  int32_t c_channel_stride;
  int32_t swapped;
  int32_t bytes;
} arenite_select_layer;

/* One output row from the operands' rows. */
void arenite_select_row_s8(const arenite_select_layer *layer, const int8_t *a, const int8_t *b, const int8_t *c,
                           int8_t *out);

void arenite_select_s8(const arenite_select_layer *layer, const int8_t *a, const int8_t *b, const int8_t *c,
                       int8_t *out);

#endif
