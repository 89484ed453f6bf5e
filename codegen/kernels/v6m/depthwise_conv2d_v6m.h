/* Convolution of every input channel with filters of its own (NHWC), a channel at a time. */
#ifndef ARENITE_DEPTHWISE_CONV2D_V6M_H
#define ARENITE_DEPTHWISE_CONV2D_V6M_H

#include "arenite_words_windows_v6m.h"

/* As arenite_depthwise_conv2d_layer, without dilation of columns. Output pixels of a row are taken `segment` at a time,
 * and the weights of a filter are `filter` bytes: a multiple of 9, filled up with zeros. */
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
  int32_t segment;
  int32_t filter;
} arenite_depthwise_conv2d_v6m_layer;

/* One output row. Input row k, k0 <= k < k1, of the window begins at base + (start + taps[k]); the other rows of the
 * window lie in the padding. Weights are [output channel][kernel column][kernel row] and zeros. Exponents of channels
 * are codes: see ARENITE_CONSTANT_CHANNEL.
 *
 * Scratch is a word for each byte of a filter and 1 more, for each element of the input channel that a segment
 * reaches, for each byte that fills up a filter, and for each pixel of a segment. */
void arenite_depthwise_conv2d_v6m_row_s8(const arenite_depthwise_conv2d_v6m_layer *layer, const int8_t *base,
                                         int32_t start, const int32_t *taps, int32_t k0, int32_t k1,
                                         const int8_t *weights, const arenite_channel *channels, int8_t *out,
                                         int32_t *scratch);

void arenite_depthwise_conv2d_v6m_s8(const arenite_depthwise_conv2d_v6m_layer *layer, const int8_t *in,
                                     const int32_t *taps, const int8_t *weights, const arenite_channel *channels,
                                     int8_t *out, int32_t *scratch);

#endif
