#include "elementwise_s32.h"

static inline int32_t difference(int32_t x, int32_t y) { return (int32_t)((uint32_t)x - (uint32_t)y); }

static inline int32_t product(int32_t x, int32_t y) { return (int32_t)((uint32_t)x * (uint32_t)y); }

/* Towards zero. */
static inline int32_t quotient(int32_t x, int32_t y) {
  /* The quotient by -1 may be 2^31. */
  return y == 0 ? 0 : (y == -1 ? difference(0, x) : x / y);
}

/* Of the division towards zero: it has the sign of x. */
static inline int32_t remainder_of(int32_t x, int32_t y) { return y == 0 || y == -1 ? 0 : x % y; }

static inline int32_t floor_quotient(int32_t x, int32_t y) {
  const int32_t remainder = remainder_of(x, y);
  return quotient(x, y) - (remainder != 0 && (remainder < 0) != (y < 0));
}

static inline int32_t floor_remainder(int32_t x, int32_t y) {
  const int32_t remainder = remainder_of(x, y);
  return remainder != 0 && (remainder < 0) != (y < 0) ? remainder + y : remainder;
}

ARENITE_PAIRS(add, s32, arenite_elementwise_s32_layer, int32_t, int32_t, arenite_clamp(arenite_add(x, y), l.activation_min, l.activation_max))
ARENITE_PAIRS(subtract, s32, arenite_elementwise_s32_layer, int32_t, int32_t, arenite_clamp(difference(x, y), l.activation_min, l.activation_max))
ARENITE_PAIRS(multiply, s32, arenite_elementwise_s32_layer, int32_t, int32_t, arenite_clamp(product(x, y), l.activation_min, l.activation_max))
ARENITE_PAIRS(divide, s32, arenite_elementwise_s32_layer, int32_t, int32_t, arenite_clamp(quotient(x, y), l.activation_min, l.activation_max))
ARENITE_PAIRS(floor_divide, s32, arenite_elementwise_s32_layer, int32_t, int32_t, floor_quotient(x, y))
ARENITE_PAIRS(floor_modulo, s32, arenite_elementwise_s32_layer, int32_t, int32_t, floor_remainder(x, y))
ARENITE_PAIRS(squared_difference, s32, arenite_elementwise_s32_layer, int32_t, int32_t, product(difference(x, y), difference(x, y)))
