/* Convolution (NHWC) of four output channels at a time, straight from the input. */
#ifndef ARENITE_CONV2D_DIRECT_V6M_H
#define ARENITE_CONV2D_DIRECT_V6M_H

#include "arenite_words_runs_v6m.h"

/* One output row, as arenite_conv2d_general_row_s8.
 *
 * Weights are [group][output channel / 4][kernel row][kernel column][input channel of the group], a byte for each of
 * the four output channels, plus 128, the first one's the lowest; a gathered window is filled up to a multiple of 4,
 * output channels of a group and channels likewise. Biases are those for inputs less their zero point, exponents of
 * channels codes: see ARENITE_CONSTANT_CHANNEL. */
void arenite_conv2d_direct_v6m_row_s8(const arenite_direct_layer *layer, const int8_t *base, int32_t start,
                                      const int32_t *taps, int32_t k0, int32_t k1, const uint32_t *weights,
                                      const arenite_channel *channels, int8_t *out);

void arenite_conv2d_direct_v6m_s8(const arenite_direct_layer *layer, const int8_t *in, const int32_t *taps,
                                  const uint32_t *weights, const arenite_channel *channels, int8_t *out);

#endif
