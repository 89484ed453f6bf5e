/* What depthwise_conv2d_3x3.h has, for the DSP extension and at least four channels. */
#ifndef ARENITE_DEPTHWISE_CONV2D_3X3_DSP_H
#define ARENITE_DEPTHWISE_CONV2D_3X3_DSP_H

#include "arenite_words_columns_dsp.h"

/* As arenite_depthwise_conv2d_3x3_layer. `pixels`: that are computed at once, 1 where windows are more than two columns
 * apart. `ties_away`: whether ties of negative numbers matter. */
typedef struct {
  int32_t batches;
  int32_t input_rows;
  int32_t input_columns;
  int32_t input_channels;
  int32_t output_rows;
  int32_t output_columns;
  int32_t stride_rows;
  int32_t stride_columns;
  int32_t dilation_rows;
  int32_t pad_top;
  int32_t pad_left;
  int32_t input_zero_point;
  int32_t activation_min;
  int32_t activation_max;
  int32_t output_stride;
  int32_t output_start;
  int32_t pixels;
  int32_t ties_away;
} arenite_depthwise_conv2d_3x3_dsp_layer;

/* `scratch` has 12 words for every two columns that the windows of `pixels` pixels reach. */
void arenite_depthwise_conv2d_3x3_dsp_row_s8(const arenite_depthwise_conv2d_3x3_dsp_layer *layer, const int8_t *base,
                                             int32_t start, const int32_t *taps, int32_t k0, int32_t k1,
                                             const arenite_3x3_channel *channels, int8_t *out, int32_t *scratch);

void arenite_depthwise_conv2d_3x3_dsp_s8(const arenite_depthwise_conv2d_3x3_dsp_layer *layer, const int8_t *in,
                                         const int32_t *taps, const arenite_3x3_channel *channels, int8_t *out,
                                         int32_t *scratch);

#endif
