#include "lookup_dsp.h"

static void lookup(const int8_t *in, const int8_t *table, int32_t count, int8_t *out) {
  const uint8_t *entries = (const uint8_t *)table;
  for (; count >= 4; count -= 4) {
    const uint32_t word = arenite_load_four(in);
    const uint32_t low = entries[(uint8_t)word] | (uint32_t)entries[(uint8_t)(word >> 8)] << 8;
    const uint32_t high = entries[(uint8_t)(word >> 16)] | (uint32_t)entries[word >> 24] << 8;
    arenite_store_four(out, low | high << 16);
    in += 4;
    out += 4;
  }
  for (; count > 0; --count) {
    *out++ = table[(uint8_t)*in++];
  }
}

void arenite_lookup_dsp_row_s8(const arenite_lookup_dsp_layer *layer, const int8_t *in, const int8_t *table,
                               int8_t *out) {
  lookup(in, table, layer->row_elements, out);
}

void arenite_lookup_dsp_s8(const arenite_lookup_dsp_layer *layer, const int8_t *in, const int8_t *table, int8_t *out) {
  lookup(in, table, layer->rows * layer->row_elements, out);
}
