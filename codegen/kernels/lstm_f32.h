/* A layer of long short-term memory on float32: see lstm.h. */
#ifndef ARENITE_LSTM_F32_H
#define ARENITE_LSTM_F32_H

#include "arenite_float.h"

/* The bound of the cells is given by its bits. */
typedef struct {
  int32_t batches;
  int32_t steps;
  int32_t inputs;
  int32_t units;
  int32_t batch_stride;
  int32_t step_stride;
  int32_t cell_clip;
  int32_t coupled;
} arenite_lstm_f32_layer;

/* Of each unit the gates in this order: input, forget, cell, output. Weights are [unit][input][gate], those of the last
 * output [unit][unit][gate], biases [unit][gate]. The states, [batch][unit], are the last output and the cells. */
void arenite_lstm_f32(const arenite_lstm_f32_layer *layer, const float *in, const float *weights, const float *bias,
                      const float *recurrent_weights, float *hidden, float *cells, float *out);

#endif
