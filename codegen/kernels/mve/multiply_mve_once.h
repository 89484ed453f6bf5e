/* Product of two tensors that broadcast against each other, rounded as float32 arithmetic does, for Helium. */
#ifndef ARENITE_MULTIPLY_MVE_ONCE_H
#define ARENITE_MULTIPLY_MVE_ONCE_H

#include "arenite_operands_mve.h"
#include "elementwise_once.h"

/* One output row from the operands' rows. */
void arenite_multiply_mve_once_row_s8(const arenite_multiply_once_layer *layer, const int8_t *a, const int8_t *b,
                                      int8_t *out);

void arenite_multiply_mve_once_s8(const arenite_multiply_once_layer *layer, const int8_t *a, const int8_t *b,
                                  int8_t *out);

#endif
