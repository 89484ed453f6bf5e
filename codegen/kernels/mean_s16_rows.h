/* What mean_s16.h has, input row by input row, for one index of `outer`. */
#ifndef ARENITE_MEAN_S16_ROWS_H
#define ARENITE_MEAN_S16_ROWS_H

#include "mean_s16.h"

/* Adds one input row, [columns, inner], to `inner` sums; they need not be anything before the `first` row. */
void arenite_mean_add_row_s16(const arenite_mean_s16_layer *layer, const int16_t *in, int32_t columns, int32_t first,
                              int32_t *sums);

/* The output, once all `rows` have been added. */
void arenite_mean_finish_row_s16(const arenite_mean_s16_layer *layer, int32_t rows, const int32_t *sums, int16_t *out);

#endif
