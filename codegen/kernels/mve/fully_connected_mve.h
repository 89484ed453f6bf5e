/* Matrix product of int8 rows with constant weights, for Helium. */
#ifndef ARENITE_FULLY_CONNECTED_MVE_H
#define ARENITE_FULLY_CONNECTED_MVE_H

#include "arenite_words_mve.h"

/* `scale_step` is 0 where all outputs share the first twelve of the scales, 12 where each four have their own.
 * `large_scales`: whether any exponent is negative. */
typedef struct {
  int32_t rows;
  int32_t inputs;
  int32_t outputs;
  int32_t scale_step;
  int32_t output_zero_point;
  int32_t activation_min;
  int32_t activation_max;
  int32_t large_scales;
} arenite_fully_connected_mve_layer;

/* One output row. Weights of four outputs each as arenite_words_mve.h has them, with as many biases: the input zero
 * point is folded into these, and outputs are filled up with zeros. Scales of four outputs are what
 * arenite_four_rescale takes. */
void arenite_fully_connected_mve_row_s8(const arenite_fully_connected_mve_layer *layer, const int8_t *in,
                                        const int8_t *weights, const int32_t *bias, const int32_t *scales, int8_t *out);

void arenite_fully_connected_mve_s8(const arenite_fully_connected_mve_layer *layer, const int8_t *in,
                                    const int8_t *weights, const int32_t *bias, const int32_t *scales, int8_t *out);

#endif
