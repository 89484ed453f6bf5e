/* Products of matrices of which both are computed at run time, float32. */
#ifndef ARENITE_BATCH_MATMUL_F32_H
#define ARENITE_BATCH_MATMUL_F32_H

#include "arenite_float.h"

/* [batches, rows, depth] times [batches, depth, columns]; strides are in elements, those of b may be 0. The depths of a
 * are next to each other. */
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
} arenite_batch_matmul_f32_layer;

/* One row of a times all of b. */
void arenite_batch_matmul_row_f32(const arenite_batch_matmul_f32_layer *layer, const float *a, const float *b,
                                 float *out);

void arenite_batch_matmul_f32(const arenite_batch_matmul_f32_layer *layer, const float *a, const float *b, float *out);

#endif
