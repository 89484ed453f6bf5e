/* Softmax over the last axis to any scale and zero point, in integers only, rounded once, for Helium. */
#ifndef ARENITE_SOFTMAX_MVE_ONCE_H
#define ARENITE_SOFTMAX_MVE_ONCE_H

#include "arenite_words_tables_mve.h"

/* As arenite_softmax_once_layer. */
typedef struct {
  int32_t rows;
  int32_t depth;
  int32_t entries;
  int32_t steps;
  int32_t output_zero_point;
} arenite_softmax_mve_once_layer;

/* As arenite_softmax_once_row_s8. */
void arenite_softmax_mve_once_row_s8(const arenite_softmax_mve_once_layer *layer, const int8_t *in,
                                     const int32_t *exponentials, int8_t *out);

void arenite_softmax_mve_once_s8(const arenite_softmax_mve_once_layer *layer, const int8_t *in,
                                 const int32_t *exponentials, int8_t *out);

#endif
