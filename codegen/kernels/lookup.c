#include "lookup.h"

void arenite_lookup_row_s8(const arenite_lookup_layer *layer, const int8_t *in, const int8_t *table, int8_t *out) {
  const int8_t *end = in + layer->row_elements;
  while (in != end) {
    *out++ = table[(uint8_t)*in++];
  }
}

void arenite_lookup_s8(const arenite_lookup_layer *layer, const int8_t *in, const int8_t *table, int8_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_lookup_row_s8(layer, in, table, out);
    in += layer->row_elements;
    out += layer->row_elements;
  }
}
