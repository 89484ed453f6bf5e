/* What depthwise_conv2d_dsp.h has, rounded once as ONNX Runtime does: multipliers are codes for arenite_scale_as_float.
 */
#ifndef ARENITE_DEPTHWISE_CONV2D_DSP_ONCE_H
#define ARENITE_DEPTHWISE_CONV2D_DSP_ONCE_H

#include "depthwise_conv2d_dsp.h"
#include "float_rounding.h"

void arenite_depthwise_conv2d_dsp_once_row_s8(const arenite_depthwise_conv2d_dsp_layer *layer, const int8_t *base,
                                              int32_t start, const int32_t *taps, int32_t k0, int32_t k1,
                                              const uint32_t *weights, const arenite_channel *channels, int8_t *out,
                                              int32_t *scratch);

void arenite_depthwise_conv2d_dsp_once_s8(const arenite_depthwise_conv2d_dsp_layer *layer, const int8_t *in,
                                          const int32_t *taps, const uint32_t *weights, const arenite_channel *channels,
                                          int8_t *out, int32_t *scratch);

#endif
