/* Softmax over the last axis, from int8 to int16, in integers only. */
#ifndef ARENITE_SOFTMAX_S8_S16_H
#define ARENITE_SOFTMAX_S8_S16_H

#include "softmax.h"

/* As arenite_softmax_s8, but the output has scale 1 / 65536 and zero point -32768. */
void arenite_softmax_row_s8_s16(const arenite_softmax_layer *layer, const int8_t *in, const int32_t *exponentials,
                                int16_t *out);

void arenite_softmax_s8_s16(const arenite_softmax_layer *layer, const int8_t *in, const int32_t *exponentials,
                            int16_t *out);

#endif
