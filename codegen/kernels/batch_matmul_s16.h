/* Products of matrices of which both are computed at run time, int16; zero points are 0. */
#ifndef ARENITE_BATCH_MATMUL_S16_H
#define ARENITE_BATCH_MATMUL_S16_H

#include "arenite_s16.h"

/* [batches, rows, depth] times [batches, depth, columns], depth < 2^17; strides are in elements, those of b may be 0.
 * The depths of a are next to each other. The result is sum a * b * multiplier * 2^-shift, as arenite_rescale_s64 has
 * it. */
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
  int32_t multiplier;
  int32_t shift;
} arenite_batch_matmul_s16_layer;

/* One row of a times all of b. */
void arenite_batch_matmul_row_s16(const arenite_batch_matmul_s16_layer *layer, const int16_t *a, const int16_t *b,
                                  int16_t *out);

void arenite_batch_matmul_s16(const arenite_batch_matmul_s16_layer *layer, const int16_t *a, const int16_t *b,
                              int16_t *out);

#endif
