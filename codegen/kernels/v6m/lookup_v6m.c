#include "lookup_v6m.h"

static void elements(const int8_t *in, const int8_t *table, int8_t *out, int32_t count) {
  for (; count >= 8; count -= 8) {
    out[0] = table[(uint8_t)in[0]];
    out[1] = table[(uint8_t)in[1]];
    out[2] = table[(uint8_t)in[2]];
    out[3] = table[(uint8_t)in[3]];
    out[4] = table[(uint8_t)in[4]];
    out[5] = table[(uint8_t)in[5]];
    out[6] = table[(uint8_t)in[6]];
    out[7] = table[(uint8_t)in[7]];
    in += 8;
    out += 8;
  }
  for (; count > 0; --count) {
    *out++ = table[(uint8_t)*in++];
  }
}

void arenite_lookup_v6m_row_s8(const arenite_lookup_v6m_layer *layer, const int8_t *in, const int8_t *table,
                               int8_t *out) {
  elements(in, table, out, layer->row_elements);
}

void arenite_lookup_v6m_s8(const arenite_lookup_v6m_layer *layer, const int8_t *in, const int8_t *table, int8_t *out) {
  elements(in, table, out, layer->rows * layer->row_elements);
}
