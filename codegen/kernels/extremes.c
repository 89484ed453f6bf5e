#include "extremes.h"

ARENITE_PAIRS(minimum, s8, arenite_broadcast_layer, int8_t, int8_t, x < y ? x : y)
ARENITE_PAIRS(minimum, s16, arenite_broadcast_layer, int16_t, int16_t, x < y ? x : y)
ARENITE_PAIRS(minimum, s32, arenite_broadcast_layer, int32_t, int32_t, x < y ? x : y)
ARENITE_PAIRS(maximum, s8, arenite_broadcast_layer, int8_t, int8_t, x > y ? x : y)
ARENITE_PAIRS(maximum, s16, arenite_broadcast_layer, int16_t, int16_t, x > y ? x : y)
ARENITE_PAIRS(maximum, s32, arenite_broadcast_layer, int32_t, int32_t, x > y ? x : y)
