#include "lstm.h"

#include <string.h>

#include "arenite_fixed16.h"

static int32_t saturate16(int32_t value) { return arenite_clamp(value, INT16_MIN, INT16_MAX); }

/* Adds the products of a vector with the weights of a unit's four gates to these. */
static void accumulate(const int8_t *in, int32_t count, int32_t offset, const arenite_quad *weights,
                       const int32_t *bias, const int32_t *scales, int32_t *gates) {
  int32_t acc[4] = {arenite_add(bias[0], offset), bias[1], arenite_add(bias[2], offset), bias[3]};
  for (int32_t first = 0; first < count; first += ARENITE_LANE_PRODUCTS) {
    const int32_t rest = count - first;
    const int32_t some = rest < ARENITE_LANE_PRODUCTS ? rest : ARENITE_LANE_PRODUCTS;
    arenite_lanes_flush(arenite_lanes_dot(arenite_lanes_zero(), in + first, weights + first, some), acc);
  }
  for (int32_t gate = 0; gate < 4; ++gate) {
    const int32_t scaled = arenite_requantise_twice(acc[gate], scales[2 * gate], scales[2 * gate + 1]);
    gates[gate] = saturate16(arenite_add(scaled, gates[gate]));
  }
}

/* The output of a unit, of which the cell moves on. */
static int8_t unit_output(const arenite_lstm_layer *layer, const int32_t *gates, int16_t *cell) {
  const int32_t forget = arenite_logistic16(gates[1]);
  const int32_t input = layer->coupled ? INT16_MAX - forget : arenite_logistic16(gates[0]);
  const int32_t kept = arenite_rounding_shift(forget * *cell, 15);
  const int32_t added = arenite_rounding_shift(input * arenite_tanh16(gates[2], 3), 15 + layer->cell_bits);
  *cell = (int16_t)arenite_clamp(saturate16(kept + added), -layer->cell_clip, layer->cell_clip);
  const int32_t shown = arenite_logistic16(gates[3]) * arenite_tanh16(*cell, layer->cell_bits);
  return arenite_saturate(arenite_requantise_twice(shown, layer->multiplier, layer->shift), layer->output_zero_point);
}

void arenite_lstm_s8(const arenite_lstm_layer *layer, const int8_t *in, const arenite_quad *weights,
                     const int32_t *bias, const int32_t *scales, const arenite_quad *recurrent_weights,
                     const int32_t *recurrent_bias, const int32_t *recurrent_scales, int8_t *hidden, int16_t *cells,
                     int8_t *out) {
  const int32_t inputs = layer->inputs;
  const int32_t units = layer->units;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    const int8_t *last = hidden;
    for (int32_t step = 0; step < layer->steps; ++step) {
      const int32_t place = batch * layer->batch_stride + step * layer->step_stride;
      const int8_t *given = in + place * inputs;
      int8_t *result = out + place * units;
      const int32_t offset = -128 * arenite_sum(given, inputs);
      const int32_t recurrent_offset = -128 * arenite_sum(last, units);
      for (int32_t unit = 0; unit < units; ++unit) {
        int32_t gates[4] = {0, 0, 0, 0};
        accumulate(given, inputs, offset, weights + unit * inputs, bias + 4 * unit, scales, gates);
        accumulate(last, units, recurrent_offset, recurrent_weights + unit * units, recurrent_bias + 4 * unit,
                   recurrent_scales, gates);
        result[unit] = unit_output(layer, gates, cells + unit);
      }
      last = result;
    }
    memcpy(hidden, last, (size_t)units);
    hidden += units;
    cells += units;
  }
}
