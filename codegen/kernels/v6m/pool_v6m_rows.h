/* What pool_v6m.h has, input row by input row, where no row belongs to two windows. */
#ifndef ARENITE_POOL_V6M_ROWS_H
#define ARENITE_POOL_V6M_ROWS_H

#include "pool_v6m.h"

/* Adds one input row of `columns` columns to the sums of an output row, [output column][channel]; they need not be
 * anything before the `first` row. */
void arenite_average_pool_v6m_add_row_s8(const arenite_pool_v6m_layer *layer, const int8_t *in, int32_t columns,
                                         int32_t first, int32_t *sums);

/* The output row, once `rows` input rows have been added. */
void arenite_average_pool_v6m_finish_row_s8(const arenite_pool_v6m_layer *layer, int32_t rows, const int32_t *sums,
                                            int8_t *out);

/* The same for the maximum, of which `sums` holds what it is so far. */
void arenite_max_pool_v6m_add_row_s8(const arenite_pool_v6m_layer *layer, const int8_t *in, int32_t columns,
                                     int32_t first, int8_t *sums);

void arenite_max_pool_v6m_finish_row_s8(const arenite_pool_v6m_layer *layer, int32_t rows, const int8_t *sums,
                                        int8_t *out);

#endif
