/* Matrix product of int8 rows with constant weights, four outputs at a time. */
#ifndef ARENITE_FULLY_CONNECTED_V6M_H
#define ARENITE_FULLY_CONNECTED_V6M_H

#include "arenite_words_quads_v6m.h"

/* `scale_step` is 0 where all outputs share the first of the scales, 1 where each has its own. */
typedef struct {
  int32_t rows;
  int32_t inputs;
  int32_t outputs;
  int32_t scale_step;
  int32_t output_zero_point;
  int32_t activation_min;
  int32_t activation_max;
} arenite_fully_connected_v6m_layer;

/* One output row. Weights are [output / 4][input], a byte plus 128 for each of four outputs, the first one's the
 * lowest; biases are as many: the input zero point is folded into these, and outputs are filled up. Accumulators are
 * less than 2^29. */
void arenite_fully_connected_v6m_row_s8(const arenite_fully_connected_v6m_layer *layer, const int8_t *in,
                                        const uint32_t *weights, const int32_t *bias, const arenite_scale *scales,
                                        int8_t *out);

void arenite_fully_connected_v6m_s8(const arenite_fully_connected_v6m_layer *layer, const int8_t *in,
                                    const uint32_t *weights, const int32_t *bias, const arenite_scale *scales,
                                    int8_t *out);

#endif
