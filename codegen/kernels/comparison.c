#include "comparison.h"

static inline int32_t compared(int32_t accepted, int32_t x, int32_t y) {
  return accepted >> (x < y ? 0 : (x > y ? 2 : 1)) & 1;
}

static inline int32_t compared_floats(int32_t accepted, float x, float y) {
  return accepted >> (x < y ? 0 : (x > y ? 2 : (x <= y ? 1 : 3))) & 1;
}

static inline int32_t compared_scaled(const arenite_compare_scaled_layer *layer, int32_t x, int32_t y) {
  const int32_t left = arenite_requantise_twice((x + layer->x_offset) * 256, layer->x_multiplier, layer->x_shift);
  const int32_t right = arenite_requantise_twice((y + layer->y_offset) * 256, layer->y_multiplier, layer->y_shift);
  return compared(layer->accepted, left, right);
}

ARENITE_PAIRS(compare_scaled, s8, arenite_compare_scaled_layer, int8_t, int8_t, compared_scaled(&l, x, y))
ARENITE_PAIRS(compare, s8, arenite_compare_layer, int8_t, int8_t, compared(l.accepted, x, y))
ARENITE_PAIRS(compare_scaled, s16, arenite_compare_scaled_layer, int16_t, int8_t, compared_scaled(&l, x, y))
ARENITE_PAIRS(compare, s16, arenite_compare_layer, int16_t, int8_t, compared(l.accepted, x, y))
ARENITE_PAIRS(compare, s32, arenite_compare_layer, int32_t, int8_t, compared(l.accepted, x, y))
ARENITE_PAIRS(compare, f32, arenite_compare_layer, float, int8_t, compared_floats(l.accepted, x, y))
