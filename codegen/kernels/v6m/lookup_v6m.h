/* Any function of one int8 value, as a table. */
#ifndef ARENITE_LOOKUP_V6M_H
#define ARENITE_LOOKUP_V6M_H

#include "arenite_words.h"

/* As arenite_lookup_layer. */
typedef struct {
  int32_t rows;
  int32_t row_elements;
} arenite_lookup_v6m_layer;

/* As arenite_lookup_row_s8. */
void arenite_lookup_v6m_row_s8(const arenite_lookup_v6m_layer *layer, const int8_t *in, const int8_t *table,
                               int8_t *out);

void arenite_lookup_v6m_s8(const arenite_lookup_v6m_layer *layer, const int8_t *in, const int8_t *table, int8_t *out);

#endif
