/* Sums of up to eight tensors of one shape, float32. */
#ifndef ARENITE_ADD_N_F32_H
#define ARENITE_ADD_N_F32_H

#include <stdint.h>

/* The first `operands` of the inputs are added, in their order; the others may be anything. */
typedef struct {
  int32_t rows;
  int32_t row_elements;
  int32_t operands;
} arenite_add_n_f32_layer;

void arenite_add_n_row_f32(const arenite_add_n_f32_layer *layer, const float *a, const float *b, const float *c,
                           const float *d, const float *e, const float *f, const float *g, const float *h, float *out);

void arenite_add_n_f32(const arenite_add_n_f32_layer *layer, const float *a, const float *b, const float *c,
                       const float *d, const float *e, const float *f, const float *g, const float *h, float *out);

#endif
