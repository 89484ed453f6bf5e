#include "lookup_mve.h"

static void lookup(const int8_t *in, const int8_t *table, int32_t count, int8_t *out) {
  for (; count >= ARENITE_CHUNK; count -= ARENITE_CHUNK) {
    arenite_bytes_store(out, arenite_bytes_lookup(table, arenite_bytes_load(in)));
    in += ARENITE_CHUNK;
    out += ARENITE_CHUNK;
  }
  if (count > 0) {
    arenite_bytes_store_some(out, arenite_bytes_lookup(table, arenite_bytes_load_some(in, count)), count);
  }
}

void arenite_lookup_mve_row_s8(const arenite_lookup_mve_layer *layer, const int8_t *in, const int8_t *table,
                               int8_t *out) {
  lookup(in, table, layer->row_elements, out);
}

void arenite_lookup_mve_s8(const arenite_lookup_mve_layer *layer, const int8_t *in, const int8_t *table, int8_t *out) {
  lookup(in, table, layer->rows * layer->row_elements, out);
}
