/* Convolution with dilation along the width, with groups, requantised as float32 arithmetic does it, for Helium. */
#ifndef ARENITE_CONV2D_GENERAL_MVE_ONCE_H
#define ARENITE_CONV2D_GENERAL_MVE_ONCE_H

#include "conv2d_general_mve.h"

/* Multipliers and shifts of channels are for arenite_scale_as_float. */
void arenite_conv2d_general_mve_once_row_s8(const arenite_conv2d_general_mve_layer *layer, const int8_t *base,
                                            int32_t start, const int32_t *taps, int32_t k0, int32_t k1,
                                            const int8_t *weights, const int32_t *channels, const int8_t *padding,
                                            int8_t *out);

void arenite_conv2d_general_mve_once_s8(const arenite_conv2d_general_mve_layer *layer, const int8_t *in,
                                        const int32_t *taps, const int8_t *weights, const int32_t *channels,
                                        const int8_t *padding, int8_t *out);

#endif
