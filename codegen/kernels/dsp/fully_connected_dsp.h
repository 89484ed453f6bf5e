/* Matrix product of int8 rows with constant weights, with products of two inputs at once. */
#ifndef ARENITE_FULLY_CONNECTED_DSP_H
#define ARENITE_FULLY_CONNECTED_DSP_H

#include "arenite_words_pairs_dsp.h"

/* As arenite_fully_connected_layer. */
typedef struct {
  int32_t rows;
  int32_t inputs;
  int32_t outputs;
  int32_t scale_step;
  int32_t output_zero_point;
  int32_t activation_min;
  int32_t activation_max;
} arenite_fully_connected_dsp_layer;

/* One output row, as arenite_fully_connected_row_s8. Weights are [output / 4][input / 4][4] of arenite_pair_weights,
 * filled up with zeros. Those of every other output, times 128, must add up to less than 2^23 in magnitude. */
void arenite_fully_connected_dsp_row_s8(const arenite_fully_connected_dsp_layer *layer, const int8_t *in,
                                        const arenite_pair_weights *weights, const int32_t *bias,
                                        const arenite_scale *scales, int8_t *out);

void arenite_fully_connected_dsp_s8(const arenite_fully_connected_dsp_layer *layer, const int8_t *in,
                                    const arenite_pair_weights *weights, const int32_t *bias,
                                    const arenite_scale *scales, int8_t *out);

#endif
