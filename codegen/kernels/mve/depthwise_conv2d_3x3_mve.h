/* The most frequent depthwise convolution, 3x3 with one output channel per input channel (NHWC), for Helium. */
#ifndef ARENITE_DEPTHWISE_CONV2D_3X3_MVE_H
#define ARENITE_DEPTHWISE_CONV2D_3X3_MVE_H

#include "arenite_words_windows_mve.h"

/* As arenite_depthwise_conv2d_3x3_layer. At most `chunk_channels` channels, all or a multiple of 4, and `chunk_columns`
 * output columns are computed at once. `left_shifts`: whether any shift is not to the right. */
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
  int32_t chunk_channels;
  int32_t chunk_columns;
  int32_t left_shifts;
} arenite_depthwise_conv2d_3x3_mve_layer;

/* One output row; base, start, taps, k0 and k1 as for arenite_depthwise_conv2d_3x3_row_s8.
 *
 * Weights as arenite_words_windows_mve.h has them, constants of four channels each as arenite_words_mve.h; both are filled up
 * with zeros to a multiple of 4 channels. Scratch holds the input columns of one chunk, and 16 words more. */
void arenite_depthwise_conv2d_3x3_mve_row_s8(const arenite_depthwise_conv2d_3x3_mve_layer *layer, const int8_t *base,
                                             int32_t start, const int32_t *taps, int32_t k0, int32_t k1,
                                             const int8_t *weights, const int32_t *constants, int8_t *out,
                                             int32_t *scratch);

void arenite_depthwise_conv2d_3x3_mve_s8(const arenite_depthwise_conv2d_3x3_mve_layer *layer, const int8_t *in,
                                         const int32_t *taps, const int8_t *weights, const int32_t *constants,
                                         int8_t *out, int32_t *scratch);

#endif
