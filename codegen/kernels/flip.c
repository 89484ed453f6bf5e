#include "flip.h"

/* Four bytes at once, which cores that load words from any address do with a few instructions. */
static void flip(const int8_t *in, int8_t *out, int32_t count) {
  const uint8_t *from = (const uint8_t *)in;
  uint8_t *to = (uint8_t *)out;
  for (; count >= 4; count -= 4) {
    const uint32_t bytes = from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
    const uint32_t flipped = bytes ^ UINT32_C(0x80808080);
    to[0] = (uint8_t)flipped;
    to[1] = (uint8_t)(flipped >> 8);
    to[2] = (uint8_t)(flipped >> 16);
    to[3] = (uint8_t)(flipped >> 24);
    from += 4;
    to += 4;
  }
  for (; count > 0; --count) {
    *to++ = *from++ ^ 0x80u;
  }
}

void arenite_flip_row_s8(const arenite_flip_layer *layer, const int8_t *in, int8_t *out) {
  flip(in, out, layer->row_elements);
}

void arenite_flip_s8(const arenite_flip_layer *layer, const int8_t *in, int8_t *out) {
  flip(in, out, layer->rows * layer->row_elements);
}
