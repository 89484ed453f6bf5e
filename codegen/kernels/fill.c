#include "fill.h"

#include <string.h>

void arenite_fill_all(const arenite_fill_all_layer *layer, int8_t *out) {
  if (layer->bytes == 1) {
    memset(out, layer->value, (size_t)layer->items);
  } else if (layer->bytes == 2) {
    const int16_t value = (int16_t)layer->value;
    for (int32_t i = 0; i < layer->items; ++i) {
      memcpy(out + 2 * i, &value, 2);
    }
  } else {
    for (int32_t i = 0; i < layer->items; ++i) {
      memcpy(out + 4 * i, &layer->value, 4);
    }
  }
}
