/* What mean_mve.h has, rounded once as ONNX Runtime does: multipliers are codes for arenite_scale_as_float. */
#ifndef ARENITE_MEAN_MVE_ONCE_H
#define ARENITE_MEAN_MVE_ONCE_H

#include "mean_mve.h"

void arenite_mean_mve_once_row_s8(const arenite_mean_mve_layer *layer, const int8_t *in, int8_t *out);

void arenite_mean_mve_once_s8(const arenite_mean_mve_layer *layer, const int8_t *in, int8_t *out);

#endif
