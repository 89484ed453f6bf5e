/* What mean_dsp_rows.h has, rounded once as ONNX Runtime does. */
#ifndef ARENITE_MEAN_DSP_ONCE_ROWS_H
#define ARENITE_MEAN_DSP_ONCE_ROWS_H

#include "mean_dsp_once.h"

void arenite_mean_dsp_once_add_row_s8(const arenite_mean_dsp_layer *layer, const int8_t *in, int32_t columns,
                                      int32_t first, int32_t *sums);

void arenite_mean_dsp_once_finish_row_s8(const arenite_mean_dsp_layer *layer, int32_t rows, const int32_t *sums,
                                         int8_t *out);

#endif
