/* Any function of one int8 value, as a table, for Helium. */
#ifndef ARENITE_LOOKUP_MVE_H
#define ARENITE_LOOKUP_MVE_H

#include "arenite_words_lanes_mve.h"

typedef struct {
  int32_t rows;
  int32_t row_elements;
} arenite_lookup_mve_layer;

/* As arenite_lookup_row_s8; `in` and `out` may be the same. */
void arenite_lookup_mve_row_s8(const arenite_lookup_mve_layer *layer, const int8_t *in, const int8_t *table,
                               int8_t *out);

void arenite_lookup_mve_s8(const arenite_lookup_mve_layer *layer, const int8_t *in, const int8_t *table, int8_t *out);

#endif
