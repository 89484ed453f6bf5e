/* A layer of long short-term memory with int8 inputs, outputs and weights, and 16 bits for gates and cells. */
#ifndef ARENITE_LSTM_H
#define ARENITE_LSTM_H

#include "arenite_words.h"

/* Vectors of a batch are `batch_stride` vectors apart, and those of its steps in time `step_stride`. The cells have
 * `cell_bits` bits before the point, 0 to 6; they are clipped to +-cell_clip. `coupled`: the input gate is what the
 * forget gate leaves of 1. Multiplier and shift are those of arenite_requantise_twice, to the output. */
typedef struct {
  int32_t batches;
  int32_t steps;
  int32_t inputs;
  int32_t units;
  int32_t batch_stride;
  int32_t step_stride;
  int32_t cell_bits;
  int32_t cell_clip;
  int32_t coupled;
  int32_t multiplier;
  int32_t shift;
  int32_t output_zero_point;
} arenite_lstm_layer;

/* Of each unit the gates in this order: input, forget, cell, output. Weights are [unit][input] of arenite_quad, those
 * of the last output [unit][unit]; both have biases [unit][gate] into which zero points are folded, and [gate] a
 * multiplier and a shift to Q3.12. The states, [batch][unit], are the last output and the cells. */
void arenite_lstm_s8(const arenite_lstm_layer *layer, const int8_t *in, const arenite_quad *weights,
                     const int32_t *bias, const int32_t *scales, const arenite_quad *recurrent_weights,
                     const int32_t *recurrent_bias, const int32_t *recurrent_scales, int8_t *hidden, int16_t *cells,
                     int8_t *out);

#endif
