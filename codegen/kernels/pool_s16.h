/* Average and maximum over windows of height and width, channel by channel (NHWC), int16. */
#ifndef ARENITE_POOL_S16_H
#define ARENITE_POOL_S16_H

#include "arenite_s16.h"

/* Extents in elements; `pad_top` and `pad_left` in rows and columns. Every window holds at least one input element, and
 * of an average at most 65535. Output pixels begin `output_stride` elements apart, the first one of a row `output_start`
 * elements behind `out`. */
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
  int32_t activation_min;
  int32_t activation_max;
  int32_t output_stride;
  int32_t output_start;
} arenite_pool_s16_layer;

/* One output row. Input row k, k0 <= k < k1, of the window begins start + taps[k] bytes after base. */
void arenite_average_pool_row_s16(const arenite_pool_s16_layer *layer, const int16_t *base, int32_t start,
                                  const int32_t *taps, int32_t k0, int32_t k1, int16_t *out);

void arenite_max_pool_row_s16(const arenite_pool_s16_layer *layer, const int16_t *base, int32_t start,
                              const int32_t *taps, int32_t k0, int32_t k1, int16_t *out);

void arenite_average_pool_s16(const arenite_pool_s16_layer *layer, const int16_t *in, const int32_t *taps,
                              int16_t *out);

void arenite_max_pool_s16(const arenite_pool_s16_layer *layer, const int16_t *in, const int32_t *taps, int16_t *out);

#endif
