/* One value everywhere. */
#ifndef ARENITE_FILL_H
#define ARENITE_FILL_H

#include "arenite_words.h"

/* `items` of `bytes` each: 1, 2 or 4, as many of which of `value` are written. */
typedef struct {
  int32_t items;
  int32_t bytes;
  int32_t value;
} arenite_fill_all_layer;

void arenite_fill_all(const arenite_fill_all_layer *layer, int8_t *out);

#endif
