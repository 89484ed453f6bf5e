/* Quantised numbers in another scale or type, of which one is int16; functions of them that are straight but for bounds. */
#ifndef ARENITE_RESCALE_H
#define ARENITE_RESCALE_H

#include "arenite_words.h"

/* (in - input_zero_point) * multiplier * 2^(shift - 31) + output_zero_point, rounded twice, between output_min and
 * output_max. */
typedef struct {
  int32_t rows;
  int32_t row_elements;
  int32_t input_zero_point;
  int32_t multiplier;
  int32_t shift;
  int32_t output_zero_point;
  int32_t output_min;
  int32_t output_max;
} arenite_rescale_layer;

void arenite_rescale_row_s16_s8(const arenite_rescale_layer *layer, const int16_t *in, int8_t *out);

void arenite_rescale_s16_s8(const arenite_rescale_layer *layer, const int16_t *in, int8_t *out);

void arenite_rescale_row_s16_s16(const arenite_rescale_layer *layer, const int16_t *in, int16_t *out);

void arenite_rescale_s16_s16(const arenite_rescale_layer *layer, const int16_t *in, int16_t *out);

void arenite_rescale_row_s16_s32(const arenite_rescale_layer *layer, const int16_t *in, int32_t *out);

void arenite_rescale_s16_s32(const arenite_rescale_layer *layer, const int16_t *in, int32_t *out);

void arenite_rescale_row_s8_s16(const arenite_rescale_layer *layer, const int8_t *in, int16_t *out);

void arenite_rescale_s8_s16(const arenite_rescale_layer *layer, const int8_t *in, int16_t *out);

void arenite_rescale_row_s32_s8(const arenite_rescale_layer *layer, const int32_t *in, int8_t *out);

void arenite_rescale_s32_s8(const arenite_rescale_layer *layer, const int32_t *in, int8_t *out);

void arenite_rescale_row_s32_s16(const arenite_rescale_layer *layer, const int32_t *in, int16_t *out);

void arenite_rescale_s32_s16(const arenite_rescale_layer *layer, const int32_t *in, int16_t *out);

#endif
