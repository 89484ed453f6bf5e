#include "squared_difference.h"

static inline int32_t squared(const arenite_squared_difference_layer *layer, int32_t x, int32_t y) {
  const int32_t left = arenite_requantise_twice((x + layer->x_offset) * 128, layer->x_multiplier, layer->x_shift);
  const int32_t right = arenite_requantise_twice((y + layer->y_offset) * 128, layer->y_multiplier, layer->y_shift);
  const int32_t square = (left - right) * (left - right);
  const int32_t result = arenite_requantise_twice(square, layer->output_multiplier, layer->output_shift);
  return arenite_store(result, layer->output_zero_point, INT8_MIN, INT8_MAX);
}

ARENITE_PAIRS(squared_difference, s8, arenite_squared_difference_layer, int8_t, int8_t, squared(&l, x, y))
