/* Convolution (NHWC) of int16 with int8 weights. */
#ifndef ARENITE_CONV2D_S16_H
#define ARENITE_CONV2D_S16_H

#include "arenite_s16.h"

/* Extents in elements; `pad_top` and `pad_left` in rows and columns. Input and output channels are those of all groups
 * together. Output pixels begin `output_stride` elements apart, the first one of a row `output_start` elements behind
 * `out`. `rounds_twice`: see arenite_s16_channel. */
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
  int32_t rounds_twice;
  int32_t activation_min;
  int32_t activation_max;
  int32_t output_stride;
  int32_t output_start;
} arenite_conv2d_s16_layer;

/* One output row. Input row k, k0 <= k < k1, of the window begins start + taps[k] bytes after base; the other rows of
 * the window lie in the padding.
 *
 * Weights are [kernel row][kernel column][input channel of the group][4] for each four output channels of a group, which
 * are filled up with zeros. */
void arenite_conv2d_row_s16(const arenite_conv2d_s16_layer *layer, const int16_t *base, int32_t start,
                            const int32_t *taps, int32_t k0, int32_t k1, const int8_t *weights,
                            const arenite_s16_channel *channels, int16_t *out);

void arenite_conv2d_s16(const arenite_conv2d_s16_layer *layer, const int16_t *in, const int32_t *taps,
                        const int8_t *weights, const arenite_s16_channel *channels, int16_t *out);

#endif
