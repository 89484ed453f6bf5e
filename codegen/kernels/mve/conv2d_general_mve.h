/* Convolution with dilation along the width, with groups, for Helium. */
#ifndef ARENITE_CONV2D_GENERAL_MVE_H
#define ARENITE_CONV2D_GENERAL_MVE_H

#include "arenite_words_mve.h"

/* Windows of one group of up to this many elements are copied to the stack. */
#define ARENITE_GROUP_WINDOW 144

/* As arenite_conv2d_general_layer. */
typedef struct {
  int32_t batches;
  int32_t input_rows;
  int32_t input_columns;
  int32_t input_channels;
  int32_t output_rows;
  int32_t output_columns;
  int32_t output_channels;
  int32_t groups;
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
} arenite_conv2d_general_mve_layer;

/* One output row; base, start, taps, k0 and k1 as for arenite_conv2d_general_row_s8.
 *
 * Weights and constants of four output channels of a group each as arenite_words_mve.h has them; output channels of a
 * group are filled up with zeros. Elements are [kernel row][kernel column][input channel of the group], the input
 * channels filled up to whole chunks unless the window is copied. `padding` is as many zero points as a group has input
 * channels. */
void arenite_conv2d_general_mve_row_s8(const arenite_conv2d_general_mve_layer *layer, const int8_t *base, int32_t start,
                                       const int32_t *taps, int32_t k0, int32_t k1, const int8_t *weights,
                                       const int32_t *channels, const int8_t *padding, int8_t *out);

void arenite_conv2d_general_mve_s8(const arenite_conv2d_general_mve_layer *layer, const int8_t *in, const int32_t *taps,
                                   const int8_t *weights, const int32_t *channels, const int8_t *padding, int8_t *out);

#endif
