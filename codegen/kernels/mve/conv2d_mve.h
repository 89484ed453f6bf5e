/* Convolution (NHWC) for Helium. */
#ifndef ARENITE_CONV2D_MVE_H
#define ARENITE_CONV2D_MVE_H

#include "arenite_words_mve.h"

/* As arenite_conv2d_layer. `strip_pixels`: so many neighbouring windows are gathered in scratch at once. `left_shifts`:
 * whether any shift is to the left. */
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
  int32_t strip_pixels;
  int32_t left_shifts;
} arenite_conv2d_mve_layer;

/* One output row; base, start, taps, k0 and k1 as for arenite_conv2d_row_s8.
 *
 * Weights and constants of four output channels each as arenite_words_mve.h has them, of elements [kernel column][kernel
 * row][input channel]; output channels are filled up with zeros. Scratch holds the columns of the windows that are
 * gathered at once, [column][kernel row][input channel], the last window filled up to whole chunks. */
void arenite_conv2d_mve_row_s8(const arenite_conv2d_mve_layer *layer, const int8_t *base, int32_t start,
                               const int32_t *taps, int32_t k0, int32_t k1, const int8_t *weights,
                               const int32_t *channels, int8_t *out, int32_t *scratch);

void arenite_conv2d_mve_s8(const arenite_conv2d_mve_layer *layer, const int8_t *in, const int32_t *taps,
                           const int8_t *weights, const int32_t *channels, int8_t *out, int32_t *scratch);

/* The same where windows are one pixel of the input each, and nothing is padding: `strip_pixels` is 0. */
void arenite_conv2d_point_mve_row_s8(const arenite_conv2d_mve_layer *layer, const int8_t *base, int32_t start,
                                     const int32_t *taps, int32_t k0, int32_t k1, const int8_t *weights,
                                     const int32_t *channels, int8_t *out);

void arenite_conv2d_point_mve_s8(const arenite_conv2d_mve_layer *layer, const int8_t *in, const int32_t *taps,
                                 const int8_t *weights, const int32_t *channels, int8_t *out);

#endif
