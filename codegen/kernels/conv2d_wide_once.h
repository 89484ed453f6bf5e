/* What conv2d_wide.h has, rounded once as ONNX Runtime does: multipliers are codes for arenite_scale_as_float. */
#ifndef ARENITE_CONV2D_WIDE_ONCE_H
#define ARENITE_CONV2D_WIDE_ONCE_H

#include "conv2d_wide.h"
#include "float_rounding.h"

void arenite_conv2d_wide_once_row_s8(const arenite_conv2d_wide_layer *layer, const int8_t *base, int32_t start,
                                     const int32_t *taps, int32_t k0, int32_t k1, const int16_t *weights,
                                     const int32_t *places, const arenite_channel *channels, int8_t *out);

void arenite_conv2d_wide_once_s8(const arenite_conv2d_wide_layer *layer, const int8_t *in, const int32_t *taps,
                                 const int16_t *weights, const int32_t *places, const arenite_channel *channels,
                                 int8_t *out);

#endif
