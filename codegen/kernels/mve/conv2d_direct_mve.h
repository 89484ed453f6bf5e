/* Convolution for Helium without scratch. */
#ifndef ARENITE_CONV2D_DIRECT_MVE_H
#define ARENITE_CONV2D_DIRECT_MVE_H

#include "conv2d_mve.h"

/* Windows of up to this many elements are copied to the stack. */
#define ARENITE_SMALL_WINDOW 64

/* One output row, as arenite_conv2d_mve_row_s8. Weights are of elements [kernel row][kernel column][input channel], the
 * input channels filled up to whole chunks unless the window is small; `padding` is as many zero points as there are
 * input channels. Of the layer, `strip_pixels` and `left_shifts` are not read. */
void arenite_conv2d_direct_mve_row_s8(const arenite_conv2d_mve_layer *layer, const int8_t *base, int32_t start,
                                      const int32_t *taps, int32_t k0, int32_t k1, const int8_t *weights,
                                      const int32_t *channels, const int8_t *padding, int8_t *out);

void arenite_conv2d_direct_mve_s8(const arenite_conv2d_mve_layer *layer, const int8_t *in, const int32_t *taps,
                                  const int8_t *weights, const int32_t *channels, const int8_t *padding, int8_t *out);

#endif
