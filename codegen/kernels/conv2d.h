/* Convolution (NHWC). */
#ifndef ARENITE_CONV2D_H
#define ARENITE_CONV2D_H

#include "arenite_words.h"

/* Extents in elements; `pad_top` and `pad_left` in rows and columns. Output pixels begin `output_stride` elements
 * apart, the first one of a row `output_start` elements behind `out`. */
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
} arenite_conv2d_layer;

/* One output row. Input row k, k0 <= k < k1, of the window begins at base + (start + taps[k]); the other rows of the
 * window lie in the padding.
 *
 * Weights are [output channel / 4][kernel row][kernel column][input channel] of arenite_quad, output channels filled up
 * with zero weights; channels are filled up likewise. */
void arenite_conv2d_row_s8(const arenite_conv2d_layer *layer, const int8_t *base, int32_t start, const int32_t *taps,
                           int32_t k0, int32_t k1, const arenite_quad *weights, const arenite_channel *channels,
                           int8_t *out);

void arenite_conv2d_s8(const arenite_conv2d_layer *layer, const int8_t *in, const int32_t *taps,
                       const arenite_quad *weights, const arenite_channel *channels, int8_t *out);

#endif
