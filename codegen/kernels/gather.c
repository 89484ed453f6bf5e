#include "gather.h"

#include <string.h>

/* Where, in the input, the tuple of indices leads. */
static int32_t place_of(const int32_t *tuple, int32_t depth, const int32_t *axes) {
  int32_t place = 0;
  for (int32_t axis = 0; axis < depth; ++axis) {
    place += arenite_clamp(tuple[axis], 0, axes[2 * axis] - 1) * axes[2 * axis + 1];
  }
  return place;
}

void arenite_gather(const arenite_gather_layer *layer, const int8_t *in, const int32_t *indices, const int32_t *axes,
                    int8_t *out) {
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t outer = 0; outer < layer->outer; ++outer) {
      for (int32_t tuple = 0; tuple < layer->tuples; ++tuple) {
        memcpy(out, in + place_of(indices + tuple * layer->depth, layer->depth, axes), (size_t)layer->bytes);
        out += layer->bytes;
      }
      in += layer->input_bytes;
    }
    indices += layer->tuples * layer->depth;
  }
}

void arenite_gather_constant(const arenite_gather_layer *layer, const int32_t *indices, const int8_t *in,
                             const int32_t *axes, int8_t *out) {
  arenite_gather(layer, in, indices, axes, out);
}
