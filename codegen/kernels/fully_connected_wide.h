/* Some outputs of a matrix product, those whose weights are no int8 once their zero point is subtracted. */
#ifndef ARENITE_FULLY_CONNECTED_WIDE_H
#define ARENITE_FULLY_CONNECTED_WIDE_H

#include "arenite_words.h"

/* `outputs` are those that are computed here, of the `row_outputs` of a row. `scale_step` is 0 where all share the first
 * of the scales, 1 where each has its own. */
typedef struct {
  int32_t rows;
  int32_t inputs;
  int32_t outputs;
  int32_t row_outputs;
  int32_t scale_step;
  int32_t output_zero_point;
  int32_t activation_min;
  int32_t activation_max;
} arenite_fully_connected_wide_layer;

/* One output row. Weights are [output][input], less their zero point; the zero point of the input is folded into the
 * biases. `places` are the outputs' in a row. */
void arenite_fully_connected_wide_row_s8(const arenite_fully_connected_wide_layer *layer, const int8_t *in,
                                         const int16_t *weights, const int32_t *places, const int32_t *bias,
                                         const arenite_scale *scales, int8_t *out);

void arenite_fully_connected_wide_s8(const arenite_fully_connected_wide_layer *layer, const int8_t *in,
                                     const int16_t *weights, const int32_t *places, const int32_t *bias,
                                     const arenite_scale *scales, int8_t *out);

#endif
