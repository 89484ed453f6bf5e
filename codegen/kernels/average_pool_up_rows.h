/* The rows of average_pool_up.h from input rows that are added up one by one. */
#ifndef ARENITE_AVERAGE_POOL_UP_ROWS_H
#define ARENITE_AVERAGE_POOL_UP_ROWS_H

#include "average_pool_up.h"

/* Adds an input row of `columns` columns to the sums of an output row; `first` begins anew. */
void arenite_average_pool_up_add_row_s8(const arenite_pool_layer *layer, const int8_t *in, int32_t columns,
                                        int32_t first, int32_t *sums);

/* The output row, from the sums of `rows` rows. */
void arenite_average_pool_up_finish_row_s8(const arenite_pool_layer *layer, int32_t rows, const int32_t *sums,
                                           int8_t *out);

#endif
