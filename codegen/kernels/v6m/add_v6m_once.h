/* Sum and difference of two tensors that broadcast against each other, rounded as float32 arithmetic does. */
#ifndef ARENITE_ADD_V6M_ONCE_H
#define ARENITE_ADD_V6M_ONCE_H

#include "arenite_elements_v6m.h"
#include "elementwise_once.h"

/* One row of the output. */
void arenite_add_v6m_once_row_s8(const arenite_add_once_layer *layer, const int8_t *a, const int8_t *b, int8_t *out);

void arenite_add_v6m_once_s8(const arenite_add_once_layer *layer, const int8_t *a, const int8_t *b, int8_t *out);

#endif
