/* Matrix product of int8 rows with constant weights. */
#ifndef ARENITE_FULLY_CONNECTED_H
#define ARENITE_FULLY_CONNECTED_H

#include "arenite_words.h"

/* `scale_step` is 0 where all outputs share the first of the scales, 1 where each has its own. */
typedef struct {
  int32_t rows;
  int32_t inputs;
  int32_t outputs;
  int32_t scale_step;
  int32_t output_zero_point;
  int32_t activation_min;
  int32_t activation_max;
} arenite_fully_connected_layer;

/* One output row. Weights are [output / 4][input] of arenite_quad, with as many biases: the input zero point is folded
 * into these, and outputs are filled up with zeros. */
void arenite_fully_connected_row_s8(const arenite_fully_connected_layer *layer, const int8_t *in,
                                    const arenite_quad *weights, const int32_t *bias, const arenite_scale *scales,
                                    int8_t *out);

void arenite_fully_connected_s8(const arenite_fully_connected_layer *layer, const int8_t *in,
                                const arenite_quad *weights, const int32_t *bias, const arenite_scale *scales,
                                int8_t *out);

#endif
