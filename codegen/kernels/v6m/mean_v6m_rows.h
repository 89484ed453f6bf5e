/* What mean_v6m.h has, input row by input row, for one index of `outer`. */
#ifndef ARENITE_MEAN_V6M_ROWS_H
#define ARENITE_MEAN_V6M_ROWS_H

#include "mean_v6m.h"

/* Adds one input row, [columns, inner], to `inner` sums; they need not be anything before the `first` row. */
void arenite_mean_v6m_add_row_s8(const arenite_mean_v6m_layer *layer, const int8_t *in, int32_t columns, int32_t first,
                                 int32_t *sums);

/* The output, once all `rows` have been added. */
void arenite_mean_v6m_finish_row_s8(const arenite_mean_v6m_layer *layer, int32_t rows, const int32_t *sums,
                                    int8_t *out);

#endif
