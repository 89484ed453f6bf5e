/* What pool_s16.h has, input row by input row, where no row belongs to two windows. */
#ifndef ARENITE_POOL_S16_ROWS_H
#define ARENITE_POOL_S16_ROWS_H

#include "pool_s16.h"

/* Adds one input row of `columns` columns to the sums of an output row, [output column][channel]; they need not be
 * anything before the `first` row. */
void arenite_average_pool_add_row_s16(const arenite_pool_s16_layer *layer, const int16_t *in, int32_t columns,
                                      int32_t first, int32_t *sums);

/* The output row, once `rows` input rows have been added. */
void arenite_average_pool_finish_row_s16(const arenite_pool_s16_layer *layer, int32_t rows, const int32_t *sums,
                                         int16_t *out);

/* The same for the maximum, of which `sums` holds what it is so far. */
void arenite_max_pool_add_row_s16(const arenite_pool_s16_layer *layer, const int16_t *in, int32_t columns,
                                  int32_t first, int16_t *sums);

void arenite_max_pool_finish_row_s16(const arenite_pool_s16_layer *layer, int32_t rows, const int16_t *sums,
                                     int16_t *out);

#endif
