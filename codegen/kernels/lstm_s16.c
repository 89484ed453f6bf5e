#include "lstm_s16.h"

#include <string.h>

#include "arenite_sigmoid_s16.h"

static int32_t saturate16(int32_t value) { return arenite_clamp(value, INT16_MIN, INT16_MAX); }

/* Adds the products of a vector with the weights of a unit's four gates, and what `sums` begin with, to these. */
static void accumulate(arenite_s16_sums sums, const int16_t *in, const int8_t *weights, int32_t count,
                       const int32_t *scales, int32_t *gates) {
  arenite_s16_dot(&sums, in, weights, count);
  arenite_s16_flush(&sums);
  for (int32_t gate = 0; gate < 4; ++gate) {
    const int32_t scaled = arenite_rescale_s64(sums.sums[gate], scales[2 * gate], scales[2 * gate + 1]);
    gates[gate] = saturate16(saturate16(scaled) + gates[gate]);
  }
}

/* a * b * multiplier * 2^(shift - 31) */
static int32_t product(int32_t a, int32_t b, int32_t multiplier, int32_t shift) {
  return saturate16(arenite_requantise_twice(a * b, multiplier, shift));
}

/* The output of a unit, of which the cell moves on. */
static int16_t unit_output(const arenite_lstm_s16_layer *layer, const int32_t *gates, const uint16_t *table,
                           int16_t *cell) {
  const int32_t forget = arenite_tabulated_logistic(table, 3 * gates[1]);
  const int32_t input = arenite_tabulated_logistic(table, 3 * gates[0]);
  const int32_t change = arenite_tabulated_tanh(table, 3 * gates[2]);
  const int32_t kept = product(forget, *cell, layer->kept_multiplier, layer->kept_shift);
  const int32_t added = product(input, change, layer->added_multiplier, layer->added_shift);
  *cell = (int16_t)arenite_clamp(saturate16(kept + added), -layer->cell_clip, layer->cell_clip);
  const int32_t right = layer->tanh_shift < 0 ? -layer->tanh_shift : 0;
  const int32_t half = right > 0 ? 1 << (right - 1) : 0;
  const int32_t argument = layer->tanh_shift < 0 ? (3 * *cell + half) >> right : 3 * *cell * (1 << layer->tanh_shift);
  const int32_t shown = arenite_tabulated_tanh(table, argument);
  return (int16_t)product(shown, arenite_tabulated_logistic(table, 3 * gates[3]), layer->multiplier, layer->shift);
}

void arenite_lstm_s16(const arenite_lstm_s16_layer *layer, const int16_t *in, const int8_t *weights,
                      const int64_t *bias, const int32_t *scales, const int8_t *recurrent_weights,
                      const int32_t *recurrent_scales, const uint16_t *table, int16_t *hidden, int16_t *cells,
                      int16_t *out) {
  const int32_t inputs = layer->inputs;
  const int32_t units = layer->units;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    const int16_t *last = hidden;
    for (int32_t step = 0; step < layer->steps; ++step) {
      const int32_t place = batch * layer->batch_stride + step * layer->step_stride;
      int16_t *result = out + place * units;
      for (int32_t unit = 0; unit < units; ++unit) {
        int32_t gates[4] = {0, 0, 0, 0};
        arenite_s16_sums sums = arenite_s16_zero();
        memcpy(sums.sums, bias + 4 * unit, sizeof sums.sums);
        accumulate(sums, in + place * inputs, weights + 4 * unit * inputs, inputs, scales, gates);
        accumulate(arenite_s16_zero(), last, recurrent_weights + 4 * unit * units, units, recurrent_scales, gates);
        result[unit] = unit_output(layer, gates, table, cells + unit);
      }
      last = result;
    }
    memcpy(hidden, last, (size_t)units * sizeof *hidden);
    hidden += units;
    cells += units;
  }
}
