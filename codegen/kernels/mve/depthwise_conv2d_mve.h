/* Convolution of every input channel with filters of its own (NHWC), for Helium. */
#ifndef ARENITE_DEPTHWISE_CONV2D_MVE_H
#define ARENITE_DEPTHWISE_CONV2D_MVE_H

#include "arenite_words_lanes_mve.h"

/* As arenite_depthwise_conv2d_layer. `left_shifts`: whether any shift is not to the right. */
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
  int32_t input_zero_point;
  int32_t output_zero_point;
  int32_t activation_min;
  int32_t activation_max;
  int32_t output_stride;
  int32_t output_start;
  int32_t left_shifts;
} arenite_depthwise_conv2d_mve_layer;

/* One output row; base, start, taps, k0 and k1 as for arenite_depthwise_conv2d_row_s8.
 *
 * Weights are in blocks of eight output channels, filled up with zeros: for each channel how many input channels after
 * the block's first its own is, then the weights, [kernel row][kernel column][channel]. Constants are those of four
 * channels each, as arenite_words_mve.h has them, but biases are for inputs less their zero point: first those of a
 * block's even channels, then of its odd ones. */
void arenite_depthwise_conv2d_mve_row_s8(const arenite_depthwise_conv2d_mve_layer *layer, const int8_t *base,
                                         int32_t start, const int32_t *taps, int32_t k0, int32_t k1,
                                         const int8_t *weights, const int32_t *constants, int8_t *out);

void arenite_depthwise_conv2d_mve_s8(const arenite_depthwise_conv2d_mve_layer *layer, const int8_t *in,
                                     const int32_t *taps, const int8_t *weights, const int32_t *constants,
                                     int8_t *out);

#endif
