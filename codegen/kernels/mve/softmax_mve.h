/* Softmax over the last axis, in integers only, for Helium. */
#ifndef ARENITE_SOFTMAX_MVE_H
#define ARENITE_SOFTMAX_MVE_H

#include "arenite_words_tables_mve.h"

/* As arenite_softmax_layer. */
typedef struct {
  int32_t rows;
  int32_t depth;
  int32_t entries;
} arenite_softmax_mve_layer;

/* As arenite_softmax_row_s8. */
void arenite_softmax_mve_row_s8(const arenite_softmax_mve_layer *layer, const int8_t *in, const int32_t *exponentials,
                                int8_t *out);

void arenite_softmax_mve_s8(const arenite_softmax_mve_layer *layer, const int8_t *in, const int32_t *exponentials,
                            int8_t *out);

#endif
