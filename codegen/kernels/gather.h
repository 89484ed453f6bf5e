/* Picks parts of a tensor, of any type, by their indices. */
#ifndef ARENITE_GATHER_H
#define ARENITE_GATHER_H

#include "arenite_words.h"

/* The input is [batches, outer, input_bytes], the indices are [batches, tuples, depth], and the output is
 * [batches, outer, tuples, bytes]. The constant `axes` has the extent of each of the `depth` axes that an index is
 * along, and how many bytes further its next element is. Indices are taken into the extent: what they are at run time
 * reaches nothing but the input. */
typedef struct {
  int32_t batches;
  int32_t outer;
  int32_t input_bytes;
  int32_t tuples;
  int32_t depth;
  int32_t bytes;
} arenite_gather_layer;

void arenite_gather(const arenite_gather_layer *layer, const int8_t *in, const int32_t *indices, const int32_t *axes,
                    int8_t *out);

/* The same from a constant. */
void arenite_gather_constant(const arenite_gather_layer *layer, const int32_t *indices, const int8_t *in,
                             const int32_t *axes, int8_t *out);

#endif
