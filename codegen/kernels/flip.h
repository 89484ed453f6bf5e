/* int8 for the same numbers in uint8, or the other way round: the highest bit of every byte turned. */
#ifndef ARENITE_FLIP_H
#define ARENITE_FLIP_H

#include "arenite_words.h"

typedef struct {
  int32_t rows;
  int32_t row_elements;
} arenite_flip_layer;

/* `in` and `out` may be the same. */
void arenite_flip_row_s8(const arenite_flip_layer *layer, const int8_t *in, int8_t *out);

void arenite_flip_s8(const arenite_flip_layer *layer, const int8_t *in, int8_t *out);

#endif
