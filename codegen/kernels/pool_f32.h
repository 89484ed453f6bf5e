/* Average, maximum and root of the mean square over windows of height and width, channel by channel (NHWC), float32. */
#ifndef ARENITE_POOL_F32_H
#define ARENITE_POOL_F32_H

#include "arenite_float.h"

/* Extents in elements; `pad_top` and `pad_left` in rows and columns. Every window holds at least one input element.
 * A mean is over all of the window if `count_padding`, padding being zeros, else over what lies in the input. The
 * activation's bounds are bits of floats. Output pixels begin `output_stride` elements apart, the first one of a row
 * `output_start` elements behind `out`. */
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
  int32_t dilation_rows;
  int32_t dilation_columns;
  int32_t pad_top;
  int32_t pad_left;
  int32_t count_padding;
  int32_t activation_low;
  int32_t activation_high;
  int32_t output_stride;
  int32_t output_start;
} arenite_pool_f32_layer;

/* One output row. Input row k, k0 <= k < k1, of the window begins start + taps[k] bytes after base. */
void arenite_average_pool_row_f32(const arenite_pool_f32_layer *layer, const float *base, int32_t start,
                                  const int32_t *taps, int32_t k0, int32_t k1, float *out);

void arenite_max_pool_row_f32(const arenite_pool_f32_layer *layer, const float *base, int32_t start,
                              const int32_t *taps, int32_t k0, int32_t k1, float *out);

/* The root of the mean of the squares. */
void arenite_l2_pool_row_f32(const arenite_pool_f32_layer *layer, const float *base, int32_t start, const int32_t *taps,
                             int32_t k0, int32_t k1, float *out);

void arenite_average_pool_f32(const arenite_pool_f32_layer *layer, const float *in, const int32_t *taps, float *out);

void arenite_max_pool_f32(const arenite_pool_f32_layer *layer, const float *in, const int32_t *taps, float *out);

void arenite_l2_pool_f32(const arenite_pool_f32_layer *layer, const float *in, const int32_t *taps, float *out);

#endif
