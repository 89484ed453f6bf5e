/* What conv2d_direct_dsp.h has, rounded once as ONNX Runtime does: multipliers are codes for arenite_scale_as_float. */
#ifndef ARENITE_CONV2D_DIRECT_DSP_ONCE_H
#define ARENITE_CONV2D_DIRECT_DSP_ONCE_H

#include "conv2d_direct_dsp.h"
#include "float_rounding.h"

void arenite_conv2d_direct_dsp_once_row_s8(const arenite_direct_layer *layer, const int8_t *base, int32_t start,
                                           const int32_t *taps, int32_t k0, int32_t k1,
                                           const arenite_run_weights *weights, const arenite_pair_channel *channels,
                                           int8_t *out);

void arenite_conv2d_direct_dsp_once_s8(const arenite_direct_layer *layer, const int8_t *in, const int32_t *taps,
                                       const arenite_run_weights *weights, const arenite_pair_channel *channels,
                                       int8_t *out);

#endif
