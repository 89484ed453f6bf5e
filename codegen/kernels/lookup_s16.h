/* Functions of one int16 value, between the entries of a table. */
#ifndef ARENITE_LOOKUP_S16_H
#define ARENITE_LOOKUP_S16_H

#include "arenite_words.h"

typedef struct {
  int32_t rows;
  int32_t row_elements;
} arenite_lookup_s16_layer;

/* `table` has the function's values at -2^15, -2^15 + 128, ..., 2^15: 513 of them. */
void arenite_lookup_row_s16(const arenite_lookup_s16_layer *layer, const int16_t *in, const int16_t *table,
                            int16_t *out);

void arenite_lookup_s16(const arenite_lookup_s16_layer *layer, const int16_t *in, const int16_t *table, int16_t *out);

/* in * multiplier / 2^shift, to nearest, ties upwards, is x * 12288; |multiplier| < 2^16. */
typedef struct {
  int32_t rows;
  int32_t row_elements;
  int32_t multiplier;
  int32_t shift;
} arenite_sigmoid_s16_layer;

/* 1 / (1 + exp(-x)) in Q0.15. `table` has 1 / (1 + exp(-i / 24)) in Q0.16 for i = 0, 1, ..., 255. */
void arenite_logistic_row_s16(const arenite_sigmoid_s16_layer *layer, const int16_t *in, const uint16_t *table,
                              int16_t *out);

void arenite_logistic_s16(const arenite_sigmoid_s16_layer *layer, const int16_t *in, const uint16_t *table,
                          int16_t *out);

/* tanh(x) in Q0.15, with the same table. */
void arenite_tanh_row_s16(const arenite_sigmoid_s16_layer *layer, const int16_t *in, const uint16_t *table,
                          int16_t *out);

void arenite_tanh_s16(const arenite_sigmoid_s16_layer *layer, const int16_t *in, const uint16_t *table, int16_t *out);

#endif
