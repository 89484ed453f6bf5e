/* Functions of an int16, tabulated at every 128th value. */
#ifndef ARENITE_TABLE_S16_H
#define ARENITE_TABLE_S16_H

#include "arenite_words.h"

/* The function's value at `x`, on the line between the entries beside it; `table` has 513 entries, the first for
 * -2^15. */
static inline int16_t arenite_interpolated(const int16_t *table, int32_t x) {
  const int16_t *entry = table + (256 + (x >> 7));
  const int32_t slope = entry[1] - entry[0];
  /* TFLite keeps the slope in 16 bits. */
  return (int16_t)(uint16_t)(uint32_t)(entry[0] + (((int16_t)(uint16_t)(uint32_t)slope * (x & 127) + 64) >> 7));
}

#endif
