/* Between float32 and int16, zero point 0, at the boundary of a model. */
#ifndef ARENITE_QUANTIZE_S16_H
#define ARENITE_QUANTIZE_S16_H

#include "arenite_words.h"

typedef struct {
  int32_t rows;
  int32_t row_elements;
} arenite_quantize_s16_layer;

/* in / scale[0], to nearest, ties away from zero, saturated; what is no number becomes the least. */
void arenite_quantize_row_f32_s16(const arenite_quantize_s16_layer *layer, const float *in, const float *scale,
                                  int16_t *out);

void arenite_quantize_f32_s16(const arenite_quantize_s16_layer *layer, const float *in, const float *scale,
                              int16_t *out);

/* scale[0] * in */
void arenite_dequantize_row_s16_f32(const arenite_quantize_s16_layer *layer, const int16_t *in, const float *scale,
                                    float *out);

void arenite_dequantize_s16_f32(const arenite_quantize_s16_layer *layer, const int16_t *in, const float *scale,
                                float *out);

#endif
