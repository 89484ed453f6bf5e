/* Average and maximum over windows of height and width, channel by channel (NHWC), for Helium. */
#ifndef ARENITE_POOL_MVE_H
#define ARENITE_POOL_MVE_H

#include "arenite_words_lanes_mve.h"

/* As arenite_pool_layer. Windows of averages have at most 255 elements. */
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
} arenite_pool_mve_layer;

/* One output row. Input row k, k0 <= k < k1, of the window begins at base + (start + taps[k]). */
void arenite_average_pool_mve_row_s8(const arenite_pool_mve_layer *layer, const int8_t *base, int32_t start,
                                     const int32_t *taps, int32_t k0, int32_t k1, int8_t *out);

void arenite_max_pool_mve_row_s8(const arenite_pool_mve_layer *layer, const int8_t *base, int32_t start,
                                 const int32_t *taps, int32_t k0, int32_t k1, int8_t *out);

void arenite_average_pool_mve_s8(const arenite_pool_mve_layer *layer, const int8_t *in, const int32_t *taps,
                                 int8_t *out);

void arenite_max_pool_mve_s8(const arenite_pool_mve_layer *layer, const int8_t *in, const int32_t *taps, int8_t *out);

#endif
