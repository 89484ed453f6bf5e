/* The most frequent depthwise convolution: 3x3, one output channel per input channel (NHWC). */
#ifndef ARENITE_DEPTHWISE_CONV2D_3X3_H
#define ARENITE_DEPTHWISE_CONV2D_3X3_H

#include "arenite_words.h"

/* Extents in elements; `pad_top` and `pad_left` in rows and columns. At least two rows and two columns of every window
 * lie in the input. Output pixels begin `output_stride` elements apart, the first one of a row `output_start` elements
 * behind `out`. */
typedef struct {
  int32_t batches;
  int32_t input_rows;
  int32_t input_columns;
  int32_t input_channels;
  int32_t output_rows;
  int32_t output_columns;
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
} arenite_depthwise_conv2d_3x3_layer;

/* One output row. Input row k, k0 <= k < k1, of the window begins at base + (start + taps[k]); the other row of the
 * window, if there is one, lies in the padding. Weights are [channel][kernel row][kernel column]. */
void arenite_depthwise_conv2d_3x3_row_s8(const arenite_depthwise_conv2d_3x3_layer *layer, const int8_t *base,
                                         int32_t start, const int32_t *taps, int32_t k0, int32_t k1,
                                         const int8_t *weights, const arenite_channel *channels, int8_t *out);

void arenite_depthwise_conv2d_3x3_s8(const arenite_depthwise_conv2d_3x3_layer *layer, const int8_t *in,
                                     const int32_t *taps, const int8_t *weights, const arenite_channel *channels,
                                     int8_t *out);

#endif
