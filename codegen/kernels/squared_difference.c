#include "squared_difference.h"

/* Of what stands for x' and y' before they are rescaled. */
static inline int32_t squared(const arenite_squared_difference_layer *layer, int32_t x, int32_t y) {
  const int32_t left = arenite_requantise_twice(x, layer->x_multiplier, layer->x_shift);
  const int32_t right = arenite_requantise_twice(y, layer->y_multiplier, layer->y_shift);
  const int32_t square = (left - right) * (left - right);
  const int32_t result = arenite_requantise_twice(square, layer->output_multiplier, layer->output_shift);
  return arenite_add(result, layer->output_zero_point);
}

static inline int8_t squared_s8(const arenite_squared_difference_layer *layer, int32_t x, int32_t y) {
  const int32_t result = squared(layer, (x + layer->x_offset) * 128, (y + layer->y_offset) * 128);
  return (int8_t)arenite_clamp(result, INT8_MIN, INT8_MAX);
}

static inline int16_t squared_s16(const arenite_squared_difference_layer *layer, int32_t x, int32_t y) {
  return (int16_t)arenite_clamp(squared(layer, x + layer->x_offset, y + layer->y_offset), INT16_MIN, INT16_MAX);
}

ARENITE_PAIRS(squared_difference, s8, arenite_squared_difference_layer, int8_t, int8_t, squared_s8(&l, x, y))
ARENITE_PAIRS(squared_difference, s16, arenite_squared_difference_layer, int16_t, int16_t, squared_s16(&l, x, y))
