/* A layer of long short-term memory with int16 inputs and outputs, int8 weights, and 16 bits for gates and cells. */
#ifndef ARENITE_LSTM_S16_H
#define ARENITE_LSTM_S16_H

#include "arenite_s16.h"

/* Vectors of a batch are `batch_stride` vectors apart, and those of its steps in time `step_stride`. With multipliers
 * and shifts as arenite_requantise_twice takes them,
 *
 *   cell = forget gate * cell * kept_* + input gate * tanh(cell gate) * added_*, clipped to +-cell_clip
 *   out = output gate * tanh(cell * 2^tanh_shift * 2^-12) * multiplier, shift
 *
 * where gates and functions are Q0.15 and each product is rounded and saturated on its own. */
typedef struct {
  int32_t batches;
  int32_t steps;
  int32_t inputs;
  int32_t units;
  int32_t batch_stride;
  int32_t step_stride;
  int32_t kept_multiplier;
  int32_t kept_shift;
  int32_t added_multiplier;
  int32_t added_shift;
  int32_t cell_clip;
  int32_t tanh_shift;
  int32_t multiplier;
  int32_t shift;
} arenite_lstm_s16_layer;

/* Of each unit the gates in this order: input, forget, cell, output. Weights are [unit][input][gate], those of the last
 * output [unit][unit][gate]; biases are [unit][gate], and [gate] is a multiplier and a shift to Q3.12 as
 * arenite_rescale_s64 takes them. `table` is that of arenite_sigmoid_s16.h. The states, [batch][unit], are the last
 * output and the cells. */
void arenite_lstm_s16(const arenite_lstm_s16_layer *layer, const int16_t *in, const int8_t *weights,
                      const int64_t *bias, const int32_t *scales, const int8_t *recurrent_weights,
                      const int32_t *recurrent_scales, const uint16_t *table, int16_t *hidden, int16_t *cells,
                      int16_t *out);

#endif
