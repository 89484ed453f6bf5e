/* What fully_connected_dsp.h has, rounded once as ONNX Runtime does: multipliers are codes of
 * arenite_scale_as_float. */
#ifndef ARENITE_FULLY_CONNECTED_DSP_ONCE_H
#define ARENITE_FULLY_CONNECTED_DSP_ONCE_H

#include "float_rounding.h"
#include "fully_connected_dsp.h"

void arenite_fully_connected_dsp_once_row_s8(const arenite_fully_connected_dsp_layer *layer, const int8_t *in,
                                             const arenite_pair_weights *weights, const int32_t *bias,
                                             const arenite_scale *scales, int8_t *out);

void arenite_fully_connected_dsp_once_s8(const arenite_fully_connected_dsp_layer *layer, const int8_t *in,
                                         const arenite_pair_weights *weights, const int32_t *bias,
                                         const arenite_scale *scales, int8_t *out);

#endif
