#include "quantize.h"

#include <string.h>

/* One step of a binary search for the first threshold above the key. */
static inline const int32_t *advance(const int32_t *first, int32_t key, int32_t step) {
  return key >= first[step - 1] ? first + step : first;
}

/* How many of the 255 thresholds the number is not below. */
static inline int32_t thresholds_reached(const float *in, const int32_t *thresholds) {
  int32_t key;
  memcpy(&key, in, sizeof key);
  key ^= (key >> 31) & INT32_MAX;
  const int32_t *first = advance(thresholds, key, 128);
  first = advance(first, key, 64);
  first = advance(first, key, 32);
  first = advance(first, key, 16);
  first = advance(first, key, 8);
  first = advance(first, key, 4);
  first = advance(first, key, 2);
  first = advance(first, key, 1);
  return (int32_t)(first - thresholds);
}

void arenite_quantize_row_f32_s8(const arenite_quantize_layer *layer, const float *in, const int32_t *thresholds,
                                 int8_t *out) {
  const float *end = in + layer->row_elements;
  while (in != end) {
    *out++ = (int8_t)(thresholds_reached(in++, thresholds) - 128);
  }
}

void arenite_quantize_f32_s8(const arenite_quantize_layer *layer, const float *in, const int32_t *thresholds,
                             int8_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_quantize_row_f32_s8(layer, in, thresholds, out);
    in += layer->row_elements;
    out += layer->row_elements;
  }
}

void arenite_dequantize_row_s8_f32(const arenite_dequantize_layer *layer, const int8_t *in, const float *scale,
                                   float *out) {
  for (int32_t i = 0; i < layer->row_elements; ++i) {
    out[i] = scale[0] * (float)(in[i] - layer->zero_point);
  }
}

void arenite_dequantize_s8_f32(const arenite_dequantize_layer *layer, const int8_t *in, const float *scale,
                               float *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_dequantize_row_s8_f32(layer, in, scale, out);
    in += layer->row_elements;
    out += layer->row_elements;
  }
}

void arenite_quantize_row_f32_u8(const arenite_quantize_layer *layer, const float *in, const int32_t *thresholds,
                                 uint8_t *out) {
  const float *end = in + layer->row_elements;
  while (in != end) {
    *out++ = (uint8_t)thresholds_reached(in++, thresholds);
  }
}

void arenite_quantize_f32_u8(const arenite_quantize_layer *layer, const float *in, const int32_t *thresholds,
                             uint8_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_quantize_row_f32_u8(layer, in, thresholds, out);
    in += layer->row_elements;
    out += layer->row_elements;
  }
}

void arenite_dequantize_row_u8_f32(const arenite_dequantize_layer *layer, const uint8_t *in, const float *scale,
                                   float *out) {
  for (int32_t i = 0; i < layer->row_elements; ++i) {
    out[i] = scale[0] * (float)(in[i] - layer->zero_point);
  }
}

void arenite_dequantize_u8_f32(const arenite_dequantize_layer *layer, const uint8_t *in, const float *scale,
                               float *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_dequantize_row_u8_f32(layer, in, scale, out);
    in += layer->row_elements;
    out += layer->row_elements;
  }
}
