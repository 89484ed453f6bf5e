/* What mean_dsp.h has, rounded once as ONNX Runtime does: shift is in [0, 12]. */
#ifndef ARENITE_MEAN_DSP_ONCE_H
#define ARENITE_MEAN_DSP_ONCE_H

#include "mean_dsp.h"

void arenite_mean_dsp_once_row_s8(const arenite_mean_dsp_layer *layer, const int8_t *in, int8_t *out);

void arenite_mean_dsp_once_s8(const arenite_mean_dsp_layer *layer, const int8_t *in, int8_t *out);

#endif
