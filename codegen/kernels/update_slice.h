/* A tensor of any type with a part of it replaced. */
#ifndef ARENITE_UPDATE_SLICE_H
#define ARENITE_UPDATE_SLICE_H

#include "arenite_words.h"

/* `bytes` of the whole tensor; the part is `runs` of `run_bytes` each. The constant `extents` has for each of the axes its
 * extent in the tensor, that of the part, and how many bytes further the tensor's next element is. */
typedef struct {
  int32_t bytes;
  int32_t runs;
  int32_t run_bytes;
  int32_t axes;
} arenite_update_slice_layer;

/* The part begins at `start`, one number for each axis, or as near to that as it fits. `in` and `out` may be the same. */
void arenite_update_slice(const arenite_update_slice_layer *layer, const int8_t *in, const int8_t *part,
                          const int32_t *start, const int32_t *extents, int8_t *out);

#endif
