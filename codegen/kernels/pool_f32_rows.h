/* What pool_f32.h has, input row by input row, where no row belongs to two windows and there is no dilation of rows. */
#ifndef ARENITE_POOL_F32_ROWS_H
#define ARENITE_POOL_F32_ROWS_H

#include "pool_f32.h"

/* Adds one input row of `columns` columns to the sums of an output row, [output column][channel]; they need not be
 * anything before the `first` row. Rows are added in the order in which they stand in the input. */
void arenite_average_pool_add_row_f32(const arenite_pool_f32_layer *layer, const float *in, int32_t columns,
                                      int32_t first, float *sums);

/* The output row, once `rows` input rows have been added. */
void arenite_average_pool_finish_row_f32(const arenite_pool_f32_layer *layer, int32_t rows, const float *sums,
                                         float *out);

/* The same for the maximum, of which `sums` holds what it is so far. */
void arenite_max_pool_add_row_f32(const arenite_pool_f32_layer *layer, const float *in, int32_t columns, int32_t first,
                                  float *sums);

void arenite_max_pool_finish_row_f32(const arenite_pool_f32_layer *layer, int32_t rows, const float *sums, float *out);

#endif
