/* Some output channels of a convolution, those whose weights are no int8 once their zero point is subtracted, as a few
 * of a uint8 model are. With groups, thus of a depthwise convolution too. */
#ifndef ARENITE_CONV2D_WIDE_H
#define ARENITE_CONV2D_WIDE_H

#include "arenite_words.h"

/* Extents in elements; `pad_top` and `pad_left` in rows and columns. Input channels are those of all groups together,
 * `groups` of them; output channels are those that are computed here. Output pixels begin `output_stride` elements apart,
 * the first one of a row `output_start` elements behind `out`. */
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
} arenite_conv2d_wide_layer;

/* One output row. Input row k, k0 <= k < k1, of the window begins at base + (start + taps[k]); the other rows of the
 * window lie in the padding. Weights, [output channel][kernel row][kernel column][input channel of the group], are less
 * their zero point. Of each output channel there are two places: that of its group's first channel in an input pixel,
 * and its own in an output pixel. */
void arenite_conv2d_wide_row_s8(const arenite_conv2d_wide_layer *layer, const int8_t *base, int32_t start,
                                const int32_t *taps, int32_t k0, int32_t k1, const int16_t *weights,
                                const int32_t *places, const arenite_channel *channels, int8_t *out);

void arenite_conv2d_wide_s8(const arenite_conv2d_wide_layer *layer, const int8_t *in, const int32_t *taps,
                            const int16_t *weights, const int32_t *places, const arenite_channel *channels,
                            int8_t *out);

#endif
