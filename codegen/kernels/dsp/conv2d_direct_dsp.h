/* Convolution (NHWC) with products of two inputs at once, straight from the input. */
#ifndef ARENITE_CONV2D_DIRECT_DSP_H
#define ARENITE_CONV2D_DIRECT_DSP_H

#include "arenite_words_runs_dsp.h"

/* One output row, as arenite_conv2d_general_row_s8.
 *
 * Weights are [group][output channel / 4][element / 4][4] of arenite_run_weights, where the elements are [kernel row]
 * [kernel column][input channel of the group]; output channels of a group, elements, and channels are filled up with
 * zeros. Biases are those for inputs less their zero point; sums of products of these inputs and the weights of every
 * other channel have 24 bits. */
void arenite_conv2d_direct_dsp_row_s8(const arenite_direct_layer *layer, const int8_t *base, int32_t start,
                                      const int32_t *taps, int32_t k0, int32_t k1, const arenite_run_weights *weights,
                                      const arenite_pair_channel *channels, int8_t *out);

void arenite_conv2d_direct_dsp_s8(const arenite_direct_layer *layer, const int8_t *in, const int32_t *taps,
                                  const arenite_run_weights *weights, const arenite_pair_channel *channels,
                                  int8_t *out);

#endif
