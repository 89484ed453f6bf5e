/* What mean_v6m_rows.h has, rounded once as ONNX Runtime does: multipliers are codes for arenite_scale_as_float. */
#ifndef ARENITE_MEAN_V6M_ONCE_ROWS_H
#define ARENITE_MEAN_V6M_ONCE_ROWS_H

#include "mean_v6m_once.h"

void arenite_mean_v6m_once_add_row_s8(const arenite_mean_v6m_layer *layer, const int8_t *in, int32_t columns,
                                      int32_t first, int32_t *sums);

void arenite_mean_v6m_once_finish_row_s8(const arenite_mean_v6m_layer *layer, int32_t rows, const int32_t *sums,
                                         int8_t *out);

#endif
