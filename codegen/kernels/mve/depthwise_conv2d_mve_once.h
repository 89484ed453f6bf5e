/* What depthwise_conv2d_mve.h has, rounded once as ONNX Runtime does: multipliers and shifts are for
 * arenite_scale_as_float, and no shift counts as one to the left. */
#ifndef ARENITE_DEPTHWISE_CONV2D_MVE_ONCE_H
#define ARENITE_DEPTHWISE_CONV2D_MVE_ONCE_H

#include "depthwise_conv2d_mve.h"

void arenite_depthwise_conv2d_mve_once_row_s8(const arenite_depthwise_conv2d_mve_layer *layer, const int8_t *base,
                                              int32_t start, const int32_t *taps, int32_t k0, int32_t k1,
                                              const int8_t *weights, const int32_t *constants, int8_t *out);

void arenite_depthwise_conv2d_mve_once_s8(const arenite_depthwise_conv2d_mve_layer *layer, const int8_t *in,
                                          const int32_t *taps, const int8_t *weights, const int32_t *constants,
                                          int8_t *out);

#endif
