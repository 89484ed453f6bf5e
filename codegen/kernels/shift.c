#include "shift.h"

#include <string.h>

void arenite_shift(const arenite_shift_layer *layer, int8_t *out) {
  memmove(out, out + layer->distance, (size_t)layer->bytes);
}
