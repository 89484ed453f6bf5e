#include "concatenation.h"

#include <string.h>

void arenite_concatenate_row_s8(const arenite_concatenation_layer *layer, const int8_t *in, int8_t *out) {
  out += layer->offset;
  for (int32_t chunk = 0; chunk < layer->chunks; ++chunk) {
    memcpy(out, in, (size_t)layer->bytes);
    in += layer->bytes;
    out += layer->stride;
  }
}

void arenite_concatenate_s8(const arenite_concatenation_layer *layer, const int8_t *in, int8_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_concatenate_row_s8(layer, in, out);
    in += layer->chunks * layer->bytes;
    out += layer->chunks * layer->stride;
  }
}

void arenite_concatenate_lookup_row_s8(const arenite_concatenation_layer *layer, const int8_t *in, const int8_t *table,
                                       int8_t *out) {
  out += layer->offset;
  for (int32_t chunk = 0; chunk < layer->chunks; ++chunk) {
    for (int32_t i = 0; i < layer->bytes; ++i) {
      out[i] = table[(uint8_t)in[i]];
    }
    in += layer->bytes;
    out += layer->stride;
  }
}

void arenite_concatenate_lookup_s8(const arenite_concatenation_layer *layer, const int8_t *in, const int8_t *table,
                                   int8_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_concatenate_lookup_row_s8(layer, in, table, out);
    in += layer->chunks * layer->bytes;
    out += layer->chunks * layer->stride;
  }
}
