#include "lstm_f32.h"

#include <string.h>

static float logistic(float x) { return 1.0f / (1.0f + expf(-x)); }

/* The output of a unit, of which the cell moves on. */
static float unit_output(const arenite_lstm_f32_layer *layer, const float *gates, float *cell) {
  const float clip = arenite_float(layer->cell_clip);
  const float forget = logistic(gates[1]);
  const float input = layer->coupled ? 1.0f - forget : logistic(gates[0]);
  *cell = arenite_clamp_float(forget * *cell + input * tanhf(gates[2]), -clip, clip);
  return logistic(gates[3]) * tanhf(*cell);
}

void arenite_lstm_f32(const arenite_lstm_f32_layer *layer, const float *in, const float *weights, const float *bias,
                      const float *recurrent_weights, float *hidden, float *cells, float *out) {
  const int32_t inputs = layer->inputs;
  const int32_t units = layer->units;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    const float *last = hidden;
    for (int32_t step = 0; step < layer->steps; ++step) {
      const int32_t place = batch * layer->batch_stride + step * layer->step_stride;
      float *result = out + place * units;
      for (int32_t unit = 0; unit < units; ++unit) {
        float gates[4];
        memcpy(gates, bias + 4 * unit, sizeof gates);
        arenite_dot_4_f32(gates, in + place * inputs, weights + 4 * unit * inputs, inputs);
        arenite_dot_4_f32(gates, last, recurrent_weights + 4 * unit * units, units);
        result[unit] = unit_output(layer, gates, cells + unit);
      }
      last = result;
    }
    memcpy(hidden, last, (size_t)units * sizeof *hidden);
    hidden += units;
    cells += units;
  }
}
