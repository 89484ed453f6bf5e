/* Sums of up to eight tensors of one shape, int8 and int32. */
#ifndef ARENITE_ADD_N_H
#define ARENITE_ADD_N_H

#include "arenite_words.h"

/* The first `operands` of the inputs are added, in their order; the others may be anything. Of int8, with the sum s of
 * the elements and `offset`, out = s * 2^19 * multiplier * 2^(shift - 31) + zero point, rounded twice; of int32, sums are
 * modulo 2^32. */
typedef struct {
  int32_t rows;
  int32_t row_elements;
  int32_t operands;
  int32_t offset;
  int32_t multiplier;
  int32_t shift;
  int32_t output_zero_point;
} arenite_add_n_layer;

void arenite_add_n_row_s8(const arenite_add_n_layer *layer, const int8_t *a, const int8_t *b, const int8_t *c,
                          const int8_t *d, const int8_t *e, const int8_t *f, const int8_t *g, const int8_t *h,
                          int8_t *out);

void arenite_add_n_row_s32(const arenite_add_n_layer *layer, const int32_t *a, const int32_t *b, const int32_t *c,
                           const int32_t *d, const int32_t *e, const int32_t *f, const int32_t *g, const int32_t *h,
                           int32_t *out);

void arenite_add_n_s8(const arenite_add_n_layer *layer, const int8_t *a, const int8_t *b, const int8_t *c,
                      const int8_t *d, const int8_t *e, const int8_t *f, const int8_t *g, const int8_t *h,
                      int8_t *out);

void arenite_add_n_s32(const arenite_add_n_layer *layer, const int32_t *a, const int32_t *b, const int32_t *c,
                       const int32_t *d, const int32_t *e, const int32_t *f, const int32_t *g, const int32_t *h,
                       int32_t *out);

#endif
