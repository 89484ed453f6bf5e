/* The lesser and the greater of two integers of tensors that broadcast against each other. */
#ifndef ARENITE_EXTREMES_H
#define ARENITE_EXTREMES_H

#include "arenite_broadcast.h"

/* One output row from the operands' rows. */
void arenite_minimum_row_s8(const arenite_broadcast_layer *layer, const int8_t *a, const int8_t *b, int8_t *out);

void arenite_minimum_row_s16(const arenite_broadcast_layer *layer, const int16_t *a, const int16_t *b, int16_t *out);

void arenite_minimum_row_s32(const arenite_broadcast_layer *layer, const int32_t *a, const int32_t *b, int32_t *out);

void arenite_maximum_row_s8(const arenite_broadcast_layer *layer, const int8_t *a, const int8_t *b, int8_t *out);

void arenite_maximum_row_s16(const arenite_broadcast_layer *layer, const int16_t *a, const int16_t *b, int16_t *out);

void arenite_maximum_row_s32(const arenite_broadcast_layer *layer, const int32_t *a, const int32_t *b, int32_t *out);

void arenite_minimum_s8(const arenite_broadcast_layer *layer, const int8_t *a, const int8_t *b, int8_t *out);

void arenite_minimum_s16(const arenite_broadcast_layer *layer, const int16_t *a, const int16_t *b, int16_t *out);

void arenite_minimum_s32(const arenite_broadcast_layer *layer, const int32_t *a, const int32_t *b, int32_t *out);

void arenite_maximum_s8(const arenite_broadcast_layer *layer, const int8_t *a, const int8_t *b, int8_t *out);

void arenite_maximum_s16(const arenite_broadcast_layer *layer, const int16_t *a, const int16_t *b, int16_t *out);

void arenite_maximum_s32(const arenite_broadcast_layer *layer, const int32_t *a, const int32_t *b, int32_t *out);

#endif
