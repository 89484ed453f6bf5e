/* Matrix product of float32 rows with constant weights. */
#ifndef ARENITE_FULLY_CONNECTED_F32_H
#define ARENITE_FULLY_CONNECTED_F32_H

#include "arenite_float.h"

/* The activation's bounds are bits of floats. */
typedef struct {
  int32_t rows;
  int32_t inputs;
  int32_t outputs;
  int32_t activation_low;
  int32_t activation_high;
} arenite_fully_connected_f32_layer;

/* One output row. Weights are [input][4] for each four outputs, then [input] for each output that is left over. */
void arenite_fully_connected_row_f32(const arenite_fully_connected_f32_layer *layer, const float *in,
                                     const float *weights, const float *bias, float *out);

void arenite_fully_connected_f32(const arenite_fully_connected_f32_layer *layer, const float *in,
                                 const float *weights, const float *bias, float *out);

#endif
