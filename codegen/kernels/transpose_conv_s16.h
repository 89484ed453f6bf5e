/* Transposed convolution (NHWC) of int16 with int8 weights: each input element is spread over a window of the output. */
#ifndef ARENITE_TRANSPOSE_CONV_S16_H
#define ARENITE_TRANSPOSE_CONV_S16_H

#include "arenite_s16.h"

/* Extents in elements; steps are those of windows in the output, `pad_top` and `pad_left` the rows and columns before
 * it that the windows of the first row and column begin with. `rounds_twice`: see arenite_s16_channel. Output pixels
 * begin `output_stride` elements apart, the first one of a row `output_start` elements behind `out`. */
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
  int32_t rounds_twice;
  int32_t activation_min;
  int32_t activation_max;
  int32_t output_stride;
  int32_t output_start;
} arenite_transpose_conv_s16_layer;

/* One output row. It is reached by the kernel rows k0 <= k < k1, and the input row of k begins `start + taps[k]` bytes
 * behind `base`.
 *
 * Weights are [output channel / 4][kernel row][kernel column][input channel][4], kernel rows and columns in the order of
 * arenite_reaching, output channels filled up with zeros. */
void arenite_transpose_conv_row_s16(const arenite_transpose_conv_s16_layer *layer, const int16_t *base, int32_t start,
                                    const int32_t *taps, int32_t k0, int32_t k1, const int8_t *weights,
                                    const arenite_s16_channel *channels, int16_t *out);

void arenite_transpose_conv_s16(const arenite_transpose_conv_s16_layer *layer, const int16_t *in, const int32_t *taps,
                                const int8_t *weights, const arenite_s16_channel *channels, int16_t *out);

#endif
