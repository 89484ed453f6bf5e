#include "update_slice.h"

#include <string.h>

void arenite_update_slice(const arenite_update_slice_layer *layer, const int8_t *in, const int8_t *part,
                          const int32_t *start, const int32_t *extents, int8_t *out) {
  if (out != in) {
    memcpy(out, in, (size_t)layer->bytes);
  }
  for (int32_t axis = 0; axis < layer->axes; ++axis) {
    const int32_t *extent = extents + 3 * axis;
    out += arenite_clamp(start[axis], 0, extent[0] - extent[1]) * extent[2];
  }
  for (int32_t run = 0; run < layer->runs; ++run) {
    int32_t rest = run;
    int32_t place = 0;
    /* A run is along the last axis. */
    for (int32_t axis = layer->axes - 2; axis >= 0; --axis) {
      const int32_t *extent = extents + 3 * axis;
      place += rest % extent[1] * extent[2];
      rest /= extent[1];
    }
    memcpy(out + place, part, (size_t)layer->run_bytes);
    part += layer->run_bytes;
  }
}
