/* Transposed convolution (NHWC): each input element is spread over a window of the output. Computed from the output's
 * side, so that sums need no memory. */
#ifndef ARENITE_TRANSPOSE_CONV_H
#define ARENITE_TRANSPOSE_CONV_H

#include "arenite_words.h"

/* Extents in elements; steps are those of windows in the output, `pad_top` and `pad_left` the rows and columns before
 * it that the windows of the first row and column begin with. Each weight counts `weight_offset` more than it is. Output
 * pixels begin `output_stride` elements apart, the first one of a row `output_start` elements behind `out`. */
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
  int32_t step_rows;
  int32_t step_columns;
  int32_t pad_top;
  int32_t pad_left;
  int32_t input_zero_point;
  int32_t weight_offset;
  int32_t output_zero_point;
  int32_t activation_min;
  int32_t activation_max;
  int32_t output_stride;
  int32_t output_start;
} arenite_transpose_conv_layer;

/* One output row. It is reached by the kernel rows k0 <= k < k1, and the input row of k begins at
 * base + (start + taps[k]).
 *
 * Weights are [output channel / 4][kernel row][kernel column][input channel] of arenite_quad, kernel rows and columns
 * in the order of arenite_reaching, output channels filled up with zero weights; channels are filled up likewise. */
void arenite_transpose_conv_row_s8(const arenite_transpose_conv_layer *layer, const int8_t *base, int32_t start,
                                   const int32_t *taps, int32_t k0, int32_t k1, const arenite_quad *weights,
                                   const arenite_channel *channels, int8_t *out);

void arenite_transpose_conv_s8(const arenite_transpose_conv_layer *layer, const int8_t *in, const int32_t *taps,
                               const arenite_quad *weights, const arenite_channel *channels, int8_t *out);

#endif
