#include "prelu.h"

static inline int32_t leaky(const arenite_prelu_layer *layer, int32_t x, int32_t y) {
  const int32_t value = x + layer->x_offset;
  const int32_t result = value >= 0 ? arenite_requantise_twice(value, layer->positive_multiplier, layer->positive_shift)
                                    : arenite_requantise_twice(value * (y + layer->y_offset),
                                                               layer->negative_multiplier, layer->negative_shift);
  return arenite_store(result, layer->output_zero_point, INT8_MIN, INT8_MAX);
}

ARENITE_PAIRS(prelu, s8, arenite_prelu_layer, int8_t, int8_t, leaky(&l, x, y))
