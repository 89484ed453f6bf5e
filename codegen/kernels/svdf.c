#include "svdf.h"

/* Products of the input with four filters. */
static void features_of(const arenite_svdf_layer *layer, const int8_t *in, int32_t offset, const arenite_quad *weights,
                        const int32_t *bias, int32_t *acc) {
  for (int32_t i = 0; i < 4; ++i) {
    acc[i] = arenite_add(bias[i], i % 2 == 0 ? offset : 0);
  }
  for (int32_t first = 0; first < layer->inputs; first += ARENITE_LANE_PRODUCTS) {
    const int32_t rest = layer->inputs - first;
    const int32_t count = rest < ARENITE_LANE_PRODUCTS ? rest : ARENITE_LANE_PRODUCTS;
    arenite_lanes_flush(arenite_lanes_dot(arenite_lanes_zero(), in + first, weights + first, count), acc);
  }
}

/* Moves a filter's memory on by one and returns its product with the weights over time. */
static int32_t recall_s8(int8_t *state, const int8_t *times, int32_t memory, int32_t newest) {
  int32_t acc = 0;
  for (; memory > 1; --memory) {
    state[0] = state[1];
    acc = arenite_mac(acc, *times++, *state++);
  }
  *state = (int8_t)newest;
  return arenite_mac(acc, *times, *state);
}

static int32_t recall_s16(int16_t *state, const int16_t *times, int32_t memory, int32_t newest) {
  int32_t acc = 0;
  for (; memory > 1; --memory) {
    state[0] = state[1];
    acc = arenite_mac(acc, *times++, *state++);
  }
  *state = (int16_t)newest;
  return arenite_mac(acc, *times, *state);
}

/* One batch. Of the two states, the other is NULL, and so are its weights. */
ARENITE_INLINE void svdf(const arenite_svdf_layer *layer, const int8_t *in, const arenite_quad *features,
                         const int32_t *feature_bias, const int8_t *times_s8, const int16_t *times_s16,
                         const int32_t *bias, int8_t *state_s8, int16_t *state_s16, int8_t *out) {
  const int32_t limit = state_s8 ? INT8_MAX : INT16_MAX;
  const int32_t offset = -128 * arenite_sum(in, layer->inputs);
  int32_t products[4] = {0, 0, 0, 0};
  int32_t acc = 0;
  for (int32_t filter = 0, of_unit = 0; filter < layer->filters; ++filter) {
    if (filter % 4 == 0) {
      features_of(layer, in, offset, features, feature_bias, products);
      features += layer->inputs;
      feature_bias += 4;
    }
    const int32_t scaled =
        arenite_requantise_twice(products[filter % 4], layer->feature_multiplier, layer->feature_shift);
    const int32_t newest = arenite_clamp(scaled, -limit - 1, limit) + layer->state_zero_point;
    const int32_t place = filter * layer->memory;
    acc = arenite_add(acc, state_s8 ? recall_s8(state_s8 + place, times_s8 + place, layer->memory, newest)
                                    : recall_s16(state_s16 + place, times_s16 + place, layer->memory, newest));
    if (++of_unit == layer->rank) {
      acc = arenite_requantise_twice(arenite_add(acc, *bias++), layer->multiplier, layer->shift);
      *out++ = arenite_store(acc, layer->output_zero_point, INT8_MIN, INT8_MAX);
      acc = of_unit = 0;
    }
  }
}

void arenite_svdf_s8(const arenite_svdf_layer *layer, const int8_t *in, const arenite_quad *features,
                     const int32_t *feature_bias, const int8_t *times, const int32_t *bias, int8_t *state,
                     int8_t *out) {
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    svdf(layer, in, features, feature_bias, times, 0, bias, state, 0, out);
    in += layer->inputs;
    state += layer->filters * layer->memory;
    out += layer->filters / layer->rank;
  }
}

void arenite_svdf_s8_s16(const arenite_svdf_layer *layer, const int8_t *in, const arenite_quad *features,
                         const int32_t *feature_bias, const int16_t *times, const int32_t *bias, int16_t *state,
                         int8_t *out) {
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    svdf(layer, in, features, feature_bias, 0, times, bias, 0, state, out);
    in += layer->inputs;
    state += layer->filters * layer->memory;
    out += layer->filters / layer->rank;
  }
}
