/* Any function of one int8 value, as a table. */
#ifndef ARENITE_LOOKUP_H
#define ARENITE_LOOKUP_H

#include "arenite_words.h"

typedef struct {
  int32_t rows;
  int32_t row_elements;
} arenite_lookup_layer;

/* table[(uint8_t)x] is the result for x: 256 entries, those for negative x last. `in` and `out` may be the same. */
void arenite_lookup_row_s8(const arenite_lookup_layer *layer, const int8_t *in, const int8_t *table, int8_t *out);

void arenite_lookup_s8(const arenite_lookup_layer *layer, const int8_t *in, const int8_t *table, int8_t *out);

#endif
