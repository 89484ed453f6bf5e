/* What depthwise_conv2d.h has, for the DSP extension. */
#ifndef ARENITE_DEPTHWISE_CONV2D_DSP_H
#define ARENITE_DEPTHWISE_CONV2D_DSP_H

#include "arenite_words_rows_dsp.h"

/* As arenite_depthwise_conv2d_layer. `pixels`: that are computed at once. */
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
  int32_t pad_top;
  int32_t pad_left;
  int32_t input_zero_point;
  int32_t output_zero_point;
  int32_t activation_min;
  int32_t activation_max;
  int32_t output_stride;
  int32_t output_start;
  int32_t pixels;
} arenite_depthwise_conv2d_dsp_layer;

/* Weights are [output channels / 4, rounded up][kernel rows / 2, rounded up][kernel column][2], see arenite_row_pairs;
 * the dilation of columns is 1. `scratch` has as many times two words for every column that the windows of `pixels`
 * pixels reach. */
void arenite_depthwise_conv2d_dsp_row_s8(const arenite_depthwise_conv2d_dsp_layer *layer, const int8_t *base,
                                         int32_t start, const int32_t *taps, int32_t k0, int32_t k1,
                                         const uint32_t *weights, const arenite_channel *channels, int8_t *out,
                                         int32_t *scratch);

void arenite_depthwise_conv2d_dsp_s8(const arenite_depthwise_conv2d_dsp_layer *layer, const int8_t *in,
                                     const int32_t *taps, const uint32_t *weights, const arenite_channel *channels,
                                     int8_t *out, int32_t *scratch);

#endif
