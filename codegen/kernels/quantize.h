/* Between float32 and int8 or uint8, at the boundary of a model. */
#ifndef ARENITE_QUANTIZE_H
#define ARENITE_QUANTIZE_H

#include "arenite_words.h"

typedef struct {
  int32_t rows;
  int32_t row_elements;
} arenite_quantize_layer;

typedef struct {
  int32_t rows;
  int32_t row_elements;
  int32_t zero_point;
} arenite_dequantize_layer;

/* Without floating point: the result is -128 plus the number of thresholds that `in` is not below. There are 255 of
 * them, ascending: the bits of IEEE 754 single precision, all but the sign inverted where it is set. */
void arenite_quantize_row_f32_s8(const arenite_quantize_layer *layer, const float *in, const int32_t *thresholds,
                                 int8_t *out);

void arenite_quantize_f32_s8(const arenite_quantize_layer *layer, const float *in, const int32_t *thresholds,
                             int8_t *out);

/* The same plus 128. */
void arenite_quantize_row_f32_u8(const arenite_quantize_layer *layer, const float *in, const int32_t *thresholds,
                                 uint8_t *out);

void arenite_quantize_f32_u8(const arenite_quantize_layer *layer, const float *in, const int32_t *thresholds,
                             uint8_t *out);

/* scale[0] * (in - zero point) */
void arenite_dequantize_row_s8_f32(const arenite_dequantize_layer *layer, const int8_t *in, const float *scale,
                                   float *out);

void arenite_dequantize_s8_f32(const arenite_dequantize_layer *layer, const int8_t *in, const float *scale,
                               float *out);

void arenite_dequantize_row_u8_f32(const arenite_dequantize_layer *layer, const uint8_t *in, const float *scale,
                                   float *out);

void arenite_dequantize_u8_f32(const arenite_dequantize_layer *layer, const uint8_t *in, const float *scale,
                               float *out);

#endif
