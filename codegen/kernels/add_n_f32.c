#include "add_n_f32.h"

static void add(const float *const *in, int32_t operands, int32_t elements, float *out) {
  for (int32_t i = 0; i < elements; ++i) {
    float sum = in[0][i];
    for (int32_t k = 1; k < operands; ++k) {
      sum += in[k][i];
    }
    out[i] = sum;
  }
}

void arenite_add_n_row_f32(const arenite_add_n_f32_layer *layer, const float *a, const float *b, const float *c,
                           const float *d, const float *e, const float *f, const float *g, const float *h, float *out) {
  const float *const in[] = {a, b, c, d, e, f, g, h};
  add(in, layer->operands, layer->row_elements, out);
}

void arenite_add_n_f32(const arenite_add_n_f32_layer *layer, const float *a, const float *b, const float *c,
                       const float *d, const float *e, const float *f, const float *g, const float *h, float *out) {
  const float *const in[] = {a, b, c, d, e, f, g, h};
  add(in, layer->operands, layer->rows * layer->row_elements, out);
}
