/* Products of matrices of which both are computed at run time, int8. */
#ifndef ARENITE_BATCH_MATMUL_H
#define ARENITE_BATCH_MATMUL_H

#include "arenite_words.h"

/* [batches, rows, depth] times [batches, depth, columns]; strides are in elements, those of b may be 0. The depths of a
 * are next to each other. The result is sum (a + a_offset) * (b + b_offset) * multiplier * 2^(shift - 31), rounded
 * twice, plus the zero point. */
typedef struct {
  int32_t batches;
  int32_t rows;
  int32_t depth;
  int32_t columns;
  int32_t a_batch_stride;
  int32_t a_row_stride;
  int32_t b_batch_stride;
  int32_t b_row_stride;
  int32_t b_depth_stride;
  int32_t b_column_stride;
  int32_t a_offset;
  int32_t b_offset;
  int32_t multiplier;
  int32_t shift;
  int32_t output_zero_point;
} arenite_batch_matmul_layer;

/* One row of a times all of b. */
void arenite_batch_matmul_row_s8(const arenite_batch_matmul_layer *layer, const int8_t *a, const int8_t *b,
                                 int8_t *out);

void arenite_batch_matmul_s8(const arenite_batch_matmul_layer *layer, const int8_t *a, const int8_t *b, int8_t *out);

#endif
