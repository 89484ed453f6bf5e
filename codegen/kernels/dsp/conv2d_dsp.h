/* Convolution (NHWC) with products of two inputs at once. */
#ifndef ARENITE_CONV2D_DSP_H
#define ARENITE_CONV2D_DSP_H

#include "arenite_words_pairs_dsp.h"

/* As arenite_conv2d_layer. `pixels` that are computed at once: 1 or 2; `by_rows`: whether each row of their windows is
 * done with before the next one, for 2 pixels of at least as many in a row. */
typedef struct {
  int32_t batches;
  int32_t input_rows;
  int32_t input_columns;
  int32_t input_channels;
  int32_t output_rows;
  int32_t output_columns;
  int32_t output_channels;
  int32_t kernel_rows;
  int32_t kernel_columns;
  int32_t stride_rows;
  int32_t stride_columns;
  int32_t dilation_rows;
  int32_t pad_top;
  int32_t pad_left;
  int32_t input_zero_point;
  int32_t output_zero_point;
  int32_t activation_min;
  int32_t activation_max;
  int32_t output_stride;
  int32_t output_start;
  int32_t pixels;
  int32_t by_rows;
} arenite_conv2d_dsp_layer;

/* One output row, as arenite_conv2d_row_s8.
 *
 * Weights are [output channel / 4][element / 4][4] of arenite_pair_weights, where the elements are [kernel row]
 * [kernel column][input channel]; output channels and elements are filled up with zeros. By rows they are [kernel row]
 * [output channel / 4][element of the row / 4][4]. The weights of every other output channel, times 128, must add up to
 * less than 2^23 in magnitude.
 *
 * Let n be the number of elements and m that of output channels, filled up. Scratch: n bytes for 1 pixel, none where
 * its window is a run of n inputs without padding; for 2 pixels 4 * n bytes, and n more unless rows of the window, and
 * the parts of them beside any padding, are multiples of 4 elements; by rows, where they must be that,
 * 8 * m + 4 * n / kernel_rows bytes. */
void arenite_conv2d_dsp_row_s8(const arenite_conv2d_dsp_layer *layer, const int8_t *base, int32_t start,
                               const int32_t *taps, int32_t k0, int32_t k1, const arenite_pair_weights *weights,
                               const arenite_pair_channel *channels, int8_t *out, int32_t *scratch);

void arenite_conv2d_dsp_s8(const arenite_conv2d_dsp_layer *layer, const int8_t *in, const int32_t *taps,
                           const arenite_pair_weights *weights, const arenite_pair_channel *channels, int8_t *out,
                           int32_t *scratch);

#endif
