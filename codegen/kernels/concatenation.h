/* Brings one input of a concatenation to its place in the output. */
#ifndef ARENITE_CONCATENATION_H
#define ARENITE_CONCATENATION_H

#include "arenite_words.h"

/* A row of the input is `chunks` runs of `bytes`; each goes to the output `offset` bytes into its `stride`. */
typedef struct {
  int32_t rows;
  int32_t chunks;
  int32_t bytes;
  int32_t stride;
  int32_t offset;
} arenite_concatenation_layer;

/* One row of the input into the row of the output that begins at `out`. */
void arenite_concatenate_row_s8(const arenite_concatenation_layer *layer, const int8_t *in, int8_t *out);

void arenite_concatenate_s8(const arenite_concatenation_layer *layer, const int8_t *in, int8_t *out);

/* The same, but x becomes table[(uint8_t)x]. */
void arenite_concatenate_lookup_row_s8(const arenite_concatenation_layer *layer, const int8_t *in, const int8_t *table,
                                       int8_t *out);

void arenite_concatenate_lookup_s8(const arenite_concatenation_layer *layer, const int8_t *in, const int8_t *table,
                                   int8_t *out);

#endif
