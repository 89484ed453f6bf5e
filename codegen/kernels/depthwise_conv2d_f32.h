/* Convolution of every input channel with filters of its own (NHWC), float32. */
#ifndef ARENITE_DEPTHWISE_CONV2D_F32_H
#define ARENITE_DEPTHWISE_CONV2D_F32_H

#include "arenite_float.h"

/* Extents in elements; `pad_top` and `pad_left` in rows and columns. Output channel c reads input channel c /
 * depth_multiplier. The activation's bounds are bits of floats. Output pixels begin `output_stride` elements apart,
 * the first one of a row `output_start` elements behind `out`. */
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
  int32_t activation_low;
  int32_t activation_high;
  int32_t output_stride;
  int32_t output_start;
} arenite_depthwise_conv2d_f32_layer;

/* One output row. Input row k, k0 <= k < k1, of the window begins start + taps[k] bytes after base; the other rows of
 * the window lie in the padding. Weights are [kernel row][kernel column][output channel]. */
void arenite_depthwise_conv2d_row_f32(const arenite_depthwise_conv2d_f32_layer *layer, const float *base,
                                      int32_t start, const int32_t *taps, int32_t k0, int32_t k1,
                                      const float *weights, const float *bias, float *out);

void arenite_depthwise_conv2d_f32(const arenite_depthwise_conv2d_f32_layer *layer, const float *in,
                                  const int32_t *taps, const float *weights, const float *bias, float *out);

#endif
