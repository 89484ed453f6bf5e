/* Average over windows of height and width, channel by channel (NHWC), requantised as float32 arithmetic does it. */
#ifndef ARENITE_AVERAGE_POOL_ONCE_H
#define ARENITE_AVERAGE_POOL_ONCE_H

#include "arenite_words.h"

/* Extents in elements; `pad_top` and `pad_left` in rows and columns. Every window holds at least one input element.
 * For a window of which r rows and c columns lie in the input, scale (r - 1) * scale_row_step + (c - 1) *
 * scale_column_step counts. Output pixels begin `output_stride` elements apart, the first one of a row `output_start`
 * elements behind `out`.
 *
 * For averages next to ties, the input's scale is input_mantissa * 2^-exponent, if the output's is output_mantissa; both
 * are in [2^23, 2^24). With padding that counts as elements, `counted` is the window's size, otherwise 0. */
typedef struct {
  int32_t batches;
  int32_t input_rows;
  int32_t input_columns;
  int32_t channels;
  int32_t output_rows;
  int32_t output_columns;
  int32_t kernel_rows;
  int32_t kernel_columns;
  int32_t stride_rows;
  int32_t stride_columns;
  int32_t pad_top;
  int32_t pad_left;
  int32_t scale_row_step;
  int32_t scale_column_step;
  int32_t input_zero_point;
  int32_t output_zero_point;
  int32_t input_mantissa;
  int32_t output_mantissa;
  int32_t exponent;
  int32_t counted;
  int32_t activation_min;
  int32_t activation_max;
  int32_t output_stride;
  int32_t output_start;
} arenite_average_pool_once_layer;

/* One output row. Input row k, k0 <= k < k1, of the window begins at base + (start + taps[k]). Scales, which divide by
 * the number of elements, are pairs of a multiplier and a code for arenite_scale_as_float. */
void arenite_average_pool_once_row_s8(const arenite_average_pool_once_layer *layer, const int8_t *base, int32_t start,
                                      const int32_t *taps, int32_t k0, int32_t k1, const int32_t *scales, int8_t *out);

void arenite_average_pool_once_s8(const arenite_average_pool_once_layer *layer, const int8_t *in, const int32_t *taps,
                                  const int32_t *scales, int8_t *out);

#endif
