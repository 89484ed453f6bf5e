/* Convolution of every input channel of int16 with int8 filters of its own (NHWC). */
#ifndef ARENITE_DEPTHWISE_CONV2D_S16_H
#define ARENITE_DEPTHWISE_CONV2D_S16_H

#include "arenite_s16.h"

/* Extents in elements; `pad_top` and `pad_left` in rows and columns. Output channel c reads input channel c /
 * depth_multiplier. kernel_columns are at most ARENITE_S16_PRODUCTS. Output pixels begin `output_stride` elements
 * apart, the first one of a row `output_start` elements behind `out`. */
typedef struct {
  int32_t batches;
  int32_t input_rows;
  int32_t input_columns;
  int32_t input_channels;
  int32_t output_rows;
  int32_t output_columns;
  int32_t depth_multiplier;
  int32_t kernel_rows;
  int32_t kernel_columns;
  int32_t stride_rows;
  int32_t stride_columns;
  int32_t dilation_rows;
  int32_t dilation_columns;
  int32_t pad_top;
  int32_t pad_left;
  int32_t activation_min;
  int32_t activation_max;
  int32_t output_stride;
  int32_t output_start;
} arenite_depthwise_conv2d_s16_layer;

/* One output row. Input row k, k0 <= k < k1, of the window begins start + taps[k] bytes after base; the other rows of
 * the window lie in the padding. Weights are [kernel row][kernel column][output channel]. */
void arenite_depthwise_conv2d_row_s16(const arenite_depthwise_conv2d_s16_layer *layer, const int16_t *base,
                                      int32_t start, const int32_t *taps, int32_t k0, int32_t k1,
                                      const int8_t *weights, const arenite_s16_channel *channels, int16_t *out);

void arenite_depthwise_conv2d_s16(const arenite_depthwise_conv2d_s16_layer *layer, const int16_t *in,
                                  const int32_t *taps, const int8_t *weights, const arenite_s16_channel *channels,
                                  int16_t *out);

#endif
