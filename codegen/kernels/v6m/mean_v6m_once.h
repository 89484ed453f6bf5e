/* What mean_v6m.h has, rounded once as ONNX Runtime does: multipliers are codes for arenite_scale_as_float
 * that shift to the left by 14 at most. */
#ifndef ARENITE_MEAN_V6M_ONCE_H
#define ARENITE_MEAN_V6M_ONCE_H

#include "mean_v6m.h"

void arenite_mean_v6m_once_row_s8(const arenite_mean_v6m_layer *layer, const int8_t *in, int8_t *out);

void arenite_mean_v6m_once_s8(const arenite_mean_v6m_layer *layer, const int8_t *in, int8_t *out);

#endif
