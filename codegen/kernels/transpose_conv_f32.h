/* Transposed convolution (NHWC), float32: each input element is spread over a window of the output. */
#ifndef ARENITE_TRANSPOSE_CONV_F32_H
#define ARENITE_TRANSPOSE_CONV_F32_H

#include "arenite_float.h"

/* Extents in elements; steps are those of windows in the output, `pad_top` and `pad_left` the rows and columns before
 * it that the windows of the first row and column begin with. `activation_low` and `activation_high` are bits. Output
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
  int32_t activation_low;
  int32_t activation_high;
  int32_t output_stride;
  int32_t output_start;
} arenite_transpose_conv_f32_layer;

/* One output row. It is reached by the kernel rows k0 <= k < k1, and the input row of k begins `start + taps[k]` bytes
 * behind `base`.
 *
 * Weights are [kernel row][kernel column][input channel][4] for each four output channels, then [kernel row]
 * [kernel column][input channel] for each channel that is left over; kernel rows and columns in the order of
 * arenite_reaching. */
void arenite_transpose_conv_row_f32(const arenite_transpose_conv_f32_layer *layer, const float *base, int32_t start,
                                    const int32_t *taps, int32_t k0, int32_t k1, const float *weights,
                                    const float *bias, float *out);

void arenite_transpose_conv_f32(const arenite_transpose_conv_f32_layer *layer, const float *in, const int32_t *taps,
                                const float *weights, const float *bias, float *out);

#endif
