#include "add_n.h"

static void add_s8(const arenite_add_n_layer *layer, const int8_t *const *in, int32_t elements, int8_t *out) {
  for (int32_t i = 0; i < elements; ++i) {
    int32_t sum = layer->offset;
    for (int32_t k = 0; k < layer->operands; ++k) {
      sum += in[k][i];
    }
    const int32_t result = arenite_requantise_twice(sum * (1 << 19), layer->multiplier, layer->shift);
    out[i] = arenite_saturate(result, layer->output_zero_point);
  }
}

static void add_s32(const arenite_add_n_layer *layer, const int32_t *const *in, int32_t elements, int32_t *out) {
  for (int32_t i = 0; i < elements; ++i) {
    int32_t sum = in[0][i];
    for (int32_t k = 1; k < layer->operands; ++k) {
      sum = arenite_add(sum, in[k][i]);
    }
    out[i] = sum;
  }
}

void arenite_add_n_row_s8(const arenite_add_n_layer *layer, const int8_t *a, const int8_t *b, const int8_t *c,
                          const int8_t *d, const int8_t *e, const int8_t *f, const int8_t *g, const int8_t *h,
                          int8_t *out) {
  const int8_t *const in[] = {a, b, c, d, e, f, g, h};
  add_s8(layer, in, layer->row_elements, out);
}

void arenite_add_n_row_s32(const arenite_add_n_layer *layer, const int32_t *a, const int32_t *b, const int32_t *c,
                           const int32_t *d, const int32_t *e, const int32_t *f, const int32_t *g, const int32_t *h,
                           int32_t *out) {
  const int32_t *const in[] = {a, b, c, d, e, f, g, h};
  add_s32(layer, in, layer->row_elements, out);
}

void arenite_add_n_s8(const arenite_add_n_layer *layer, const int8_t *a, const int8_t *b, const int8_t *c,
                      const int8_t *d, const int8_t *e, const int8_t *f, const int8_t *g, const int8_t *h,
                      int8_t *out) {
  const int8_t *const in[] = {a, b, c, d, e, f, g, h};
  add_s8(layer, in, layer->rows * layer->row_elements, out);
}

void arenite_add_n_s32(const arenite_add_n_layer *layer, const int32_t *a, const int32_t *b, const int32_t *c,
                       const int32_t *d, const int32_t *e, const int32_t *f, const int32_t *g, const int32_t *h,
                       int32_t *out) {
  const int32_t *const in[] = {a, b, c, d, e, f, g, h};
  add_s32(layer, in, layer->rows * layer->row_elements, out);
}
