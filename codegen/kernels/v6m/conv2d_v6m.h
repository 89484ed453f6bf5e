/* Convolution (NHWC) of four neighbouring pixels at a time. */
#ifndef ARENITE_CONV2D_V6M_H
#define ARENITE_CONV2D_V6M_H

#include "arenite_pixel_groups_v6m.h"
#include "arenite_words_pixels_v6m.h"

/* As arenite_conv2d_layer. The elements of a window are taken `chunk` at a time, a multiple of 4, and output channels
 * `block` at a time, of which `block` is a multiple of 4 if there are several chunks. */
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
  int32_t chunk;
  int32_t block;
} arenite_conv2d_v6m_layer;

/* One output row. Input row k, k0 <= k < k1, of the window begins at base + (start + taps[k]); the other rows of the
 * window lie in the padding.
 *
 * Weights are [output channel / 8][element of the window][output channel % 8], channels filled up with zeros, elements
 * to a multiple of 4; the magnitudes of those of elements 2 i and 2 i + 1 add up to 255 at most. Channels are filled up
 * to a multiple of 4.
 *
 * Exponents of channels are codes: see ARENITE_CONSTANT_CHANNEL. Scratch is 2 words for each element of a chunk, and 4
 * for each channel of a block if there are several chunks. */
void arenite_conv2d_v6m_row_s8(const arenite_conv2d_v6m_layer *layer, const int8_t *base, int32_t start,
                               const int32_t *taps, int32_t k0, int32_t k1, const int8_t *weights,
                               const arenite_channel *channels, int8_t *out, int32_t *scratch);

void arenite_conv2d_v6m_s8(const arenite_conv2d_v6m_layer *layer, const int8_t *in, const int32_t *taps,
                           const int8_t *weights, const arenite_channel *channels, int8_t *out, int32_t *scratch);

#endif
